import { describe, expect, it } from 'vitest';
import { namedObjectReasons, namedObjects, nobodyNamed, readNamedStage } from './named-approvers.ts';

const [ada, sam, group] = ['aaaaaaaa-0000-4000-8000-000000000001', 'aaaaaaaa-0000-4000-8000-000000000002', 'aaaaaaaa-0000-4000-8000-000000000003'];
const user = (userId: unknown) => ({ '@odata.type': '#microsoft.graph.singleUser', userId });
const before = {
  '@odata.type': '#microsoft.graph.accessPackageDynamicApprovalStage', customExtension: { id: 'e' }, durationBeforeAutomaticDenial: 'P14D', isApproverJustificationRequired: true, isEscalationEnabled: false,
  durationBeforeEscalation: 'PT0S', approverInformationVisibility: 'visible', primaryApprovers: [], fallbackPrimaryApprovers: [user(sam)], escalationApprovers: [user(sam)], fallbackEscalationApprovers: [],
};
const codes = (said: object): readonly string[] => readNamedStage({ ...said }, before).reasons.map(({ code, target }) => `${code} ${target ?? ''}`);

describe('a stage that an extension describes', () => {
  it('has its approvers, and what it does not say is as the policy says', () => {
    const { settings, stage, reasons } = readNamedStage({ primaryApprovers: [user(ada)] }, before);
    expect(reasons).toEqual([]);
    expect(settings).toMatchObject({ '@odata.type': '#microsoft.graph.accessPackageApprovalStage', approverInformationVisibility: 'visible', durationBeforeAutomaticDenial: 'P14D', customExtension: null });
    expect(stage).toMatchObject({ isDynamic: false, isApproverJustificationRequired: true, primaryApprovers: [{ id: ada }], fallbackPrimaryApprovers: [{ id: sam }], escalationApprovers: [{ id: sam }] });
  });

  it('says its own times and flags, in the words of either version', () => {
    const v1 = { durationBeforeAutomaticDenial: 'P2D', durationBeforeEscalation: 'PT8H', isApproverJustificationRequired: false, isEscalationEnabled: true, escalationApprovers: [user(ada)], primaryApprovers: [user(ada)] };
    const beta = { approvalStageTimeOutInDays: 2, escalationTimeInMinutes: 480, isApproverJustificationRequired: false, isEscalationEnabled: true, escalationApprovers: [{ '@odata.type': '#microsoft.graph.singleUser', id: ada.toUpperCase() }], primaryApprovers: [{ '@odata.type': '#microsoft.graph.singleUser', id: ada, isBackup: false }] };
    expect(readNamedStage(v1, before)).toMatchObject({ reasons: [], stage: { durationBeforeAutomaticDenial: 'P2D', durationBeforeEscalation: 'PT8H', isApproverJustificationRequired: false, isEscalationEnabled: true, escalationApprovers: [{ id: ada }] } });
    expect(readNamedStage(beta, before).stage.escalationApprovers).toEqual(readNamedStage(v1, before).stage.escalationApprovers);
    expect(readNamedStage(beta, before).stage.durationBeforeAutomaticDenial).toBe('P2D');
  });

  it('adds its stand-ins to those of the policy', () => {
    expect(readNamedStage({ primaryApprovers: [user(ada), { ...user(ada), isBackup: true }], fallbackPrimaryApprovers: [user(group)] }, before).stage.fallbackPrimaryApprovers.map(({ id }) => id)).toEqual([ada, group, sam]);
  });

  it('takes relations, with levels as text', () => {
    expect(readNamedStage({ primaryApprovers: [{ '@odata.type': '#microsoft.graph.requestorManager', managerLevel: '2' }] }, before)).toMatchObject({ reasons: [], stage: { primaryApprovers: [{ kind: 'requestorManager', managerLevel: 2 }] } });
  });

  it.each<[string, object, readonly string[]]>([
    ['somebody of no type', { primaryApprovers: [{ userId: ada }] }, ['wrongApprover data/approvalStage/primaryApprovers[0]']],
    ['somebody without id', { primaryApprovers: [user(ada), user(undefined)] }, ['noSuchObject data/approvalStage/primaryApprovers[1]']],
    ['an id that is none', { escalationApprovers: [user('Ada')] }, ['noSuchObject data/approvalStage/escalationApprovers[0]']],
    ['a level that is none', { primaryApprovers: [{ '@odata.type': '#microsoft.graph.requestorManager', managerLevel: 'high' }] }, ['managerLevel data/approvalStage/primaryApprovers[0]/managerLevel']],
    ['a level too high', { primaryApprovers: [{ '@odata.type': '#microsoft.graph.requestorManager', managerLevel: 99 }] }, ['managerLevel data/approvalStage/primaryApprovers[0]/managerLevel']],
    ['an application', { primaryApprovers: [{ '@odata.type': '#microsoft.graph.singleServicePrincipal', servicePrincipalId: ada }] }, ['wrongApprover data/approvalStage/primaryApprovers[0]']],
    ['no time', { primaryApprovers: [user(ada)], durationBeforeAutomaticDenial: 'soon' }, ['duration data/approvalStage/durationBeforeAutomaticDenial']],
    ['nothing that is a list', { primaryApprovers: 'Ada', durationBeforeAutomaticDenial: 7 }, []],
  ])('cannot name %s', (_, said, expected) => {
    expect(codes(said)).toEqual(expected);
  });

  it('needs somebody', () => {
    expect(readNamedStage({}, { ...before, fallbackPrimaryApprovers: [] }).reasons.map(({ code }) => code)).toEqual(['noApprovers']);
    expect(nobodyNamed).toMatchObject({ code: 'noApprover', target: 'data/approvalStage' });
  });

  it('names people and groups that are there', () => {
    const named = readNamedStage({ primaryApprovers: [user(ada), { '@odata.type': '#microsoft.graph.groupMembers', groupId: group }, { '@odata.type': '#microsoft.graph.targetManager' }] }, { ...before, fallbackPrimaryApprovers: [], escalationApprovers: [] });
    expect(namedObjects(named)).toEqual([{ id: ada, field: 'data/approvalStage/primaryApprovers[0]', types: ['user'] }, { id: group, field: 'data/approvalStage/primaryApprovers[1]', types: ['group'] }]);
    expect(namedObjectReasons(named, new Map([[ada, { type: 'user' }], [group, { type: 'group' }]]))).toEqual([]);
    expect(namedObjectReasons(named, new Map([[ada, { type: 'agentUser' }]])).map(({ code, target }) => `${code} ${target ?? ''}`)).toEqual(['wrongKind data/approvalStage/primaryApprovers[0]', 'noSuchObject data/approvalStage/primaryApprovers[1]']);
  });

  it('is told what is wrong with whom it names', () => {
    const messages = (...primaryApprovers: readonly object[]) => readNamedStage({ primaryApprovers }, before).reasons.map(({ message }) => message);
    expect(messages({ '@odata.type': '#microsoft.graph.robot', id: ada }, user(`x${ada}`), user(`${ada}x`), { '@odata.type': '#microsoft.graph.groupMembers' }, { '@odata.type': '#microsoft.graph.requestorManager', managerLevel: 1.5 })).toEqual([
      'The approver has no @odata.type that is known. Name users, groups or a relation such as requestorManager.', 'The approver has no id that is a GUID. Send one as id or userId.', 'The approver has no id that is a GUID. Send one as id or userId.',
      'The approver has no id that is a GUID. Send one as id or groupId.', 'managerLevel is no whole number; 1 is the direct manager.',
    ]);
    const { settings } = readNamedStage({ primaryApprovers: [{ '@odata.type': '#microsoft.graph.robot' }, {}, { '@odata.type': 'microsoft.graph.SingleUser', userId: ada.toUpperCase() }] }, before);
    expect(settings['primaryApprovers']).toEqual([{ '@odata.type': '#microsoft.graph.robot' }, { '@odata.type': null }, user(ada)]);
    expect(nobodyNamed.message).toBe('Nobody of the approvers can decide: none is an enabled person who has no part in the request. Name somebody else, or a fallback approver.');
  });

  it('is told who is not there', () => {
    const named = readNamedStage({ primaryApprovers: [user(ada), { '@odata.type': '#microsoft.graph.groupMembers', groupId: group }] }, { ...before, fallbackPrimaryApprovers: [], escalationApprovers: [] });
    expect(namedObjectReasons(named, new Map([[group, { type: 'user' }]])).map(({ message }) => message)).toEqual([`The approver '${ada}' does not exist. Name one that exists.`, `The approver '${group}' is of type user. Name one of type group.`]);
  });
});
