import { describe, expect, it } from 'vitest';
import { approversStage } from '../../extensions/model.ts';
import { isDynamicStage, parseApprovalSettings } from '../model.ts';
import { planApproverCalls } from './dynamic.ts';

const stage = (extensionId?: string) => ({ '@odata.type': '#microsoft.graph.accessPackageDynamicApprovalStage', ...(extensionId === undefined ? {} : { customExtension: { id: extensionId } }) });
const plan = (stages: readonly object[], calls: Parameters<typeof planApproverCalls>[1] = []) => planApproverCalls(parseApprovalSettings({ stages }).stages, calls);
const call = (extensionId: string) => ({ stage: approversStage, extensionId }) as const;
const created = { stage: 'assignmentRequestCreated', extensionId: 'x' } as const;

describe('the extension that a policy asks who decides', () => {
  it('is the one of its settings, or of its stages', () => {
    expect(plan([stage()], [created, call('e')])).toEqual({ calls: [created, call('e')], reasons: [] });
    expect(plan([{}, stage('e'), stage()], [created])).toEqual({ calls: [created, call('e')], reasons: [] });
    expect(plan([stage('e')], [call('e')])).toEqual({ calls: [call('e')], reasons: [] });
    expect(plan([{}], [created])).toEqual({ calls: [created], reasons: [] });
  });

  it('is one, and is asked for something', () => {
    const refused = (given: ReturnType<typeof plan>) => given.reasons.map(({ code, target }) => `${code} ${target ?? ''}`);
    expect(refused(plan([{}, stage()]))).toEqual(['noExtension requestApprovalSettings/stages[1]/customExtension']);
    expect(refused(plan([stage('e'), stage('f')]))).toEqual(['severalExtensions requestApprovalSettings/stages[0]/customExtension']);
    expect(refused(plan([{}, stage('e')], [call('f')]))).toEqual(['severalExtensions requestApprovalSettings/stages[1]/customExtension']);
    expect(refused(plan([{}], [call('e')]))).toEqual(['noDynamicStage customExtensionStageSettings']);
  });

  it('is not asked by a stage that only sounds like it', () => {
    for (const type of ['#microsoft.graph.accessPackageDynamicApprovalStage', 'microsoft.graph.ACCESSPACKAGEDYNAMICAPPROVALSTAGE', 'accessPackageDynamicApprovalStage']) expect(isDynamicStage({ '@odata.type': type })).toBe(true);
    for (const type of ['#microsoft.graph.accessPackageApprovalStage', '#microsoft.graph.noaccessPackageDynamicApprovalStage', undefined]) expect(isDynamicStage({ '@odata.type': type })).toBe(false);
    expect(parseApprovalSettings({ stages: [{ ...stage('e'), '@odata.type': undefined }] }).stages).toMatchObject([{ isDynamic: false, extensionId: 'e' }]);
  });
});
