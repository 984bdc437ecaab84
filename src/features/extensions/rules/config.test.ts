import { describe, expect, it } from 'vitest';
import { calloutStages, callSettings, extensionTypes, type Extension } from '../model.ts';
import { extensionReasons, fitsStage, stageReasons } from './config.ts';

const flow = { '@odata.type': '#microsoft.graph.logicAppTriggerEndpointConfiguration', url: 'https://flows.example.com/x?sig=1' };
const extension: Extension = { id: 'e', catalogId: 'c', type: 'accessPackageAssignmentRequestWorkflowExtension', displayName: 'e', description: null, endpoint: flow, authentication: null, client: null, callback: null };
const reasons = (more: Partial<Extension>): readonly unknown[] => extensionReasons({ ...extension, ...more });
const place = { subscriptionId: 's', resourceGroupName: 'g', logicAppWorkflowName: 'w' };

describe('the address of an extension', () => {
  const wrong = (member: string) => [{
    code: 'address', target: `endpointConfiguration/${member}`, message: 'The address is not an https URL without user and fragment, such as https://flows.example.com/access. (http is for this machine only.)',
  }];
  it.each(['https://a.example', 'https://a.example/', 'https://a.example:8443/x?sig=1', 'https://a.example?x', 'HTTP://localhost:9000/x', 'https://a.example/~u@home'])('may be %s', (url) => {
    expect(reasons({ endpoint: { url } })).toEqual([]);
    expect(reasons({ endpoint: { targetUrl: url } })).toEqual([]);
  });
  it.each(['flows', 'ftp://a.example', 'https://', 'https:///x', 'https://u:p@a.example/', 'https://a.example/#x', 'https://a.example#x', 'https://a b', 'https://a.example/a b', ' https://a.example', 'https://a.example ', 'xhttps://a.example'])('may not be %j', (url) => {
    expect(reasons({ endpoint: { url } })).toEqual(wrong('url'));
    expect(reasons({ endpoint: { targetUrl: url } })).toEqual(wrong('targetUrl'));
  });
  it('is a place in Azure, or none', () => {
    expect(reasons({ endpoint: place })).toEqual([]);
    for (const name of Object.keys(place)) for (const value of ['', null, undefined]) expect(reasons({ endpoint: { ...place, [name]: value } })).toEqual([{ code: 'noAddress', target: 'endpointConfiguration/url', message: 'The endpoint has no address. Name its url.' }]);
  });
});

describe('how an extension is called', () => {
  const retries = (count: number) => ({ code: 'maximumRetries', target: 'clientConfiguration/maximumRetries', message: `maximumRetries is ${count}; 0 to 10 are possible.` });
  const timeout = (ms: number) => ({ code: 'timeoutInMilliseconds', target: 'clientConfiguration/timeoutInMilliseconds', message: `timeoutInMilliseconds is ${ms}; 200 to 10000 are possible.` });
  it('keeps to limits', () => {
    for (const client of [null, {}, { maximumRetries: 0, timeoutInMilliseconds: 200 }, { maximumRetries: 10, timeoutInMilliseconds: 10_000 }]) expect(reasons({ client })).toEqual([]);
    expect(reasons({ client: { maximumRetries: -1, timeoutInMilliseconds: 199 } })).toEqual([retries(-1), timeout(199)]);
    expect(reasons({ client: { maximumRetries: 11, timeoutInMilliseconds: 10_001 } })).toEqual([retries(11), timeout(10_001)]);
  });
  it('is as it says, else as usual', () => {
    expect(callSettings({ ...extension, client: { maximumRetries: 0, timeoutInMilliseconds: 500 }, authentication: { resourceId: 'r' } })).toEqual({ url: flow.url, audience: 'r', retries: 0, timeoutMs: 500 });
    expect(callSettings(extension)).toEqual({ url: flow.url, audience: undefined, retries: 5, timeoutMs: 2000 });
  });
});

describe('how long an extension is waited for', () => {
  const wrong = { code: 'timeoutDuration', target: 'callbackConfiguration/timeoutDuration', message: 'timeoutDuration is from five minutes (PT5M) to fourteen days (P14D).' };
  const cannot = {
    code: 'cannotWait', target: 'callbackConfiguration', message: 'Nothing waits for what is called before an assignment ends. Leave callbackConfiguration out, or make an accessPackageAssignmentRequestWorkflowExtension.',
  };
  it.each(['PT5M', 'PT1H', 'P14D'])('may be %s', (timeoutDuration) => { expect(reasons({ callback: { timeoutDuration } })).toEqual([]); });
  it.each(['PT4M59S', 'PT336H1S', 'soon', undefined])('may not be %s', (timeoutDuration) => { expect(reasons({ callback: { timeoutDuration } })).toEqual([wrong]); });
  it('is said where something can wait', () => {
    const type = 'accessPackageAssignmentWorkflowExtension';
    expect(reasons({ type })).toEqual([]);
    expect(reasons({ type, callback: { timeoutDuration: 'PT1H' } })).toEqual([cannot]);
    expect(reasons({ type, callback: {}, endpoint: {}, client: { maximumRetries: 99 } })).toMatchObject([{ code: 'noAddress' }, { code: 'maximumRetries' }, cannot, wrong]);
    expect(reasons({ type: 'customAccessPackageWorkflowExtension', callback: { timeoutDuration: 'PT1H' } })).toEqual([]);
  });
});

describe('the stages of a policy', () => {
  const found = [{ id: 'a', catalogId: 'c', type: 'accessPackageAssignmentRequestWorkflowExtension' }, { id: 'b', catalogId: 'c', type: 'accessPackageAssignmentWorkflowExtension' }, { id: 'z', catalogId: 'other', type: 'accessPackageAssignmentRequestWorkflowExtension' }] as const;
  const against = (...settings: Parameters<typeof stageReasons>[0]): readonly unknown[] => stageReasons(settings, { catalogId: 'c', found });

  it('are fit for the types of extension', () => {
    const beforeTheEnd = ['assignmentFourteenDaysBeforeExpiration', 'assignmentOneDayBeforeExpiration'];
    expect(extensionTypes.map((type) => calloutStages.filter((stage) => fitsStage(type, stage)))).toEqual([calloutStages.filter((stage) => !beforeTheEnd.includes(stage)), beforeTheEnd, calloutStages]);
  });
  it('call extensions of its own catalog, one each, that fit', () => {
    expect(against({ stage: 'assignmentRequestCreated', extensionId: 'a' }, { stage: 'assignmentRequestRemoved', extensionId: 'a' }, { stage: 'assignmentOneDayBeforeExpiration', extensionId: 'b' })).toEqual([]);
    expect(against({ stage: 'assignmentRequestGranted', extensionId: 'a' }, { stage: 'assignmentRequestGranted', extensionId: 'b' }, { stage: 'assignmentOneDayBeforeExpiration', extensionId: 'a' })).toEqual([
      { code: 'stageTwice', target: 'customExtensionStageSettings[1]/stage', message: 'The stage assignmentRequestGranted is named twice. Call one extension at each stage.' },
      {
        code: 'wrongExtension', target: 'customExtensionStageSettings[1]/customExtension/id',
        message: 'An accessPackageAssignmentWorkflowExtension cannot be called at assignmentRequestGranted. Use an accessPackageAssignmentRequestWorkflowExtension.',
      },
      {
        code: 'wrongExtension', target: 'customExtensionStageSettings[2]/customExtension/id',
        message: 'An accessPackageAssignmentRequestWorkflowExtension cannot be called at assignmentOneDayBeforeExpiration. Use an accessPackageAssignmentWorkflowExtension.',
      },
    ]);
  });
  it('learn nothing of extensions elsewhere', () => {
    const unknown = (extensionId: string) => [{ code: 'noSuchExtension', target: 'customExtensionStageSettings[0]/customExtension/id', message: `The catalog of the access package has no custom extension '${extensionId}'. Name one of its own.` }];
    for (const extensionId of ['z', 'q']) expect(against({ stage: 'assignmentRequestCreated', extensionId })).toEqual(unknown(extensionId));
  });
});
