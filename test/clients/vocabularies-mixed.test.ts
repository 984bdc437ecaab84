/** The sample bodies of graph-contract.md §1.6, which mix the vocabularies, retired names of beta, and members that only those see who ask for them. */
import { describe, expect, it } from 'vitest';
import { createAgent, createBlueprint, createPackage, createPerson } from '../../cli/client/organisation.ts';
import { recordAt, recordsAt, textAt } from '../../src/kernel/json.ts';
import { em, layGround, type Version } from './ground.ts';

const { server, send, stranger, catalogId, policyBody, asPerson, asApprover } = await layGround();
const open = await createPackage(server.graph, catalogId, 'Open');
const openPolicy = await send('POST', `${em}/assignmentPolicies`, { body: { displayName: 'Open', description: '', accessPackage: { id: open.id }, allowedTargetScope: 'allMemberUsers', requestorSettings: { enableTargetsToSelfAddAccess: true, enableTargetsToSelfUpdateAccess: true, enableTargetsToSelfRemoveAccess: true, allowCustomAssignmentSchedule: true } } });

describe('§1.6, bodies that mix the vocabularies', () => {
  const named = { accessPackageId: open.id, assignmentPolicyId: openPolicy['id'], targetId: stranger.id };
  const liveId = async (): Promise<string> => textAt(recordsAt(await send('GET', `${em}/assignments?$filter=accessPackage/id eq '${open.id}' and state eq 'delivered'`), 'value')[0] ?? {}, 'id') ?? '';
  const take = async (): Promise<void> => { await send('POST', `${em}/assignmentRequests`, { body: { requestType: 'adminRemove', assignment: { id: await liveId() } } }); };

  it.each([
    ['v1.0 by its own words', 'v1.0/assignmentRequests', { requestType: 'adminAdd', assignment: named }], ['v1.0 with beta\'s member and case', 'v1.0/assignmentRequests', { requestType: 'AdminAdd', accessPackageAssignment: named }],
    ['beta by its own words', 'beta/assignmentRequests', { requestType: 'AdminAdd', accessPackageAssignment: named }], ['beta with v1.0\'s', 'beta/assignmentRequests', { requestType: 'adminAdd', assignment: named }],
    ['beta by the retired name', 'beta/accessPackageAssignmentRequests', { requestType: 'AdminAdd', accessPackageAssignment: named, justification: 'old script' }],
    ['navigations in place of ids', 'v1.0/assignmentRequests', { requestType: 'adminAdd', assignment: { target: { objectId: stranger.id }, assignmentPolicy: { id: openPolicy['id'] }, accessPackage: { id: open.id } } }],
  ] as const)('%s', async (_, where, body) => {
    const version: Version = where.startsWith('beta') ? 'beta' : 'v1.0';
    const made = await send('POST', `${em}/${where.split('/')[1] ?? ''}`, { version, body });
    expect(version === 'beta' ? [made['requestType'], 'requestState' in made, 'state' in made] : [made['requestType'], 'state' in made, 'requestState' in made]).toEqual([version === 'beta' ? 'AdminAdd' : 'adminAdd', true, false]);
    expect(await liveId()).not.toBe('');
    await take();
  });

  it.each(['target', 'createdBy', 'targetOrRequestor'])('the retired name has the functions too: %s', async (on) => {
    const path = `filterByCurrentUser(on='${on}')`;
    const ids = async (name: string): Promise<readonly unknown[]> => recordsAt(await send('GET', `${em}/${name}/${path}`, { version: 'beta', token: asPerson }), 'value').map(({ id }) => id);
    expect(await ids('accessPackageAssignmentRequests')).toEqual(await ids('assignmentRequests'));
  });

  it('a life in one vocabulary is told in the other: userAdd, userUpdate, userRemove', async () => {
    const token = asPerson;
    await send('POST', `${em}/assignmentRequests`, { token, body: { requestType: 'UserAdd', accessPackageAssignment: { accessPackageId: open.id } } });
    const id = await liveId();
    await send('POST', `${em}/assignmentRequests`, { version: 'beta', token, body: { requestType: 'UserUpdate', accessPackageAssignment: { id }, schedule: { startDateTime: null, expiration: { type: 'afterDateTime', endDateTime: '2031-01-01T00:00:00Z' } } } });
    expect(await send('GET', `${em}/assignments/${id}`)).toMatchObject({ schedule: { expiration: { type: 'afterDateTime', endDateTime: '2031-01-01T00:00:00Z' } } });
    await send('POST', `${em}/assignmentRequests`, { token, body: { requestType: 'userRemove', assignment: { id } } });
    expect(await send('GET', `${em}/accessPackageAssignments/${id}`, { version: 'beta' })).toMatchObject({ assignmentState: 'Expired' });
  });

  it('nobody creates an assignment without a request, and an unknown word is refused by its name', async () => {
    await send('POST', `${em}/assignments`, { status: 405, body: named });
    expect(recordAt(await send('POST', `${em}/assignmentRequests`, { status: 400, body: { requestType: 'adminAdd', assignment: { ...named, colour: 'red' } } }), 'error')['target']).toContain('colour');
  });
});

describe('members after unknownFutureValue', () => {
  it('are shown to those who ask for them, in both versions', async () => {
    const sponsor = await createPerson(server.graph, 'Sponsor', server.domain);
    const blueprint = await createBlueprint(server.graph, 'Blueprint', [sponsor]);
    await createAgent(server.graph, blueprint, { displayName: 'Agent', sponsors: [sponsor] });
    const fresh = await createPackage(server.graph, catalogId, 'Revoked');
    await send('POST', `${em}/assignmentPolicies`, { body: { ...policyBody, accessPackage: { id: fresh.id }, questions: [] } });
    const asked = await send('POST', `${em}/assignmentRequests`, { token: asPerson, body: { requestType: 'userAdd', assignment: { accessPackageId: fresh.id } } });
    const approval = `${em}/accessPackageAssignmentApprovals/${textAt(asked, 'id') ?? ''}/stages`;
    const [only] = recordsAt(await send('GET', approval, { token: asApprover }), 'value');
    await send('PATCH', `${approval}/${textAt(only ?? {}, 'id') ?? ''}`, { token: asApprover, body: { reviewResult: 'Approve', justification: 'yes' } });
    const [live] = recordsAt(await send('GET', `${em}/assignments?$filter=accessPackage/id eq '${fresh.id}'`), 'value');
    const removal = await send('POST', `${em}/assignmentRequests`, { token: asApprover, body: { requestType: 'approverRemove', assignment: { id: live?.['id'] } } });
    const read = async (version: Version, prefer?: string): Promise<unknown> => (await send('GET', `${em}/assignmentRequests/${textAt(removal, 'id') ?? ''}`, { version, ...(prefer !== undefined && { prefer }) }))['requestType'];
    const wanted = 'include-unknown-enum-members';
    expect([await read('v1.0'), await read('v1.0', wanted), await read('beta', wanted)]).toEqual(['unknownFutureValue', 'approverRemove', 'ApproverRemove']);
    expect(String(await read('beta')).toLowerCase()).toBe('unknownfuturevalue');
  });

  it('that stand before it need no asking: allDirectoryAgentIdentities', async () => {
    const { id } = await createPackage(server.graph, catalogId, 'For agents');
    await send('POST', `${em}/assignmentPolicies`, { body: { displayName: 'Agents', description: '', accessPackage: { id }, allowedTargetScope: 'allDirectoryAgentIdentities', requestorSettings: { enableTargetsToSelfAddAccess: true } } });
    expect(recordsAt(await send('GET', `${em}/assignmentPolicies?$filter=allowedTargetScope eq 'allDirectoryAgentIdentities'`), 'value')).toMatchObject([{ allowedTargetScope: 'allDirectoryAgentIdentities' }]);
  });
});
