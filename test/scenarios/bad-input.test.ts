/** Whatever is wrong with a request: a 4xx in Graph's shape that names the field, nothing half done, and the server lives. */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, describe, expect, it } from 'vitest';
import { cast, entitlement, GraphCaller, textOf } from '../../cli/client/graph.ts';
import { send } from '../../cli/client/http.ts';
import { createAgent, createApi, createBlueprint, createPerson, createWorkload } from '../../cli/client/organisation.ts';
import { oneUser, policyBody, requestBody } from '../../cli/client/policies.ts';
import { applicationToken } from '../../cli/client/tokens.ts';
import { recordAt, recordsAt, textAt } from '../../src/kernel/json.ts';
import { createGroup, membership, offer } from '../support/access.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
const { graph, door } = server;
const program = await createWorkload(graph, 'careless program');
const own = await graph.read("/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')");
for (const name of ['EntitlementManagement.ReadWrite.All', 'Directory.ReadWrite.All', 'Application.ReadWrite.All', 'User.ReadWrite.All', 'Group.ReadWrite.All', 'AgentIdentity.ReadWrite.All', 'AgentIdentity.Create.All', 'AppRoleAssignment.ReadWrite.All', 'DelegatedPermissionGrant.ReadWrite.All', 'RoleManagement.ReadWrite.Directory']) {
  const role = recordsAt(own, 'appRoles').find((one) => one['value'] === name);
  await graph.create(`/servicePrincipals/${program.principalId}/appRoleAssignments`, { principalId: program.principalId, resourceId: own.id, appRoleId: role?.['id'] });
}
const token = await applicationToken(door, { clientId: program.appId, clientSecret: program.secret });
const raw = new GraphCaller(door.base, async () => token);

const sam = await createPerson(graph, 'Sam', server.domain);
const api = await createApi(graph, { name: 'Orders API', roles: ['Read'] });
const blueprint = await createBlueprint(graph, 'bots', [sam]);
const bot = await createAgent(graph, blueprint, { displayName: 'bot', sponsors: [sam] });
const group = await createGroup(graph, 'Group');
const inner = await createGroup(graph, 'Inner');
await graph.must('POST', `/groups/${group.id}/members/$ref`, { '@odata.id': graph.reference('directoryObjects', inner.id) });
const given = await offer(graph, [membership(group.id)], { scope: 'allMemberUsers', expiration: { type: 'afterDuration', duration: 'P30D' } });

const day = 86_400_000;
const at = (milliseconds: number): string => new Date(Date.now() + milliseconds).toISOString();
const user = (more: object): object => ({ accountEnabled: true, displayName: 'x', mailNickname: 'x', userPrincipalName: `x@${server.domain}`, passwordProfile: { password: `Pw-${randomUUID()}` }, ...more });
const add = (more: object = {}, target = sam.id): object => requestBody('adminAdd', { targetId: target, ...given }, { ...more });
const schedule = (startDateTime: string | null, expiration: object): object => add({ schedule: { startDateTime, expiration } });
const policy = (more: object): object => ({ ...policyBody(given.packageId), ...more });
const stage = (more: object): object => policy({ requestApprovalSettings: { isApprovalRequiredForAdd: true, stages: [{ durationBeforeAutomaticDenial: 'P1D', primaryApprovers: [oneUser(sam.id)], ...more }] } });
const unknown = randomUUID();

/** Everything that is stored, as a number that any change changes. */
async function footprint(): Promise<string> {
  const { rows } = await sql<{ counted: string }>`select string_agg(t.relname || ':' || (xpath('/row/n/text()', query_to_xml(format('select count(*) as n from %I', t.relname), false, true, '')))[1]::text, ' ' order by t.relname) as counted
    from pg_class t join pg_namespace s on s.oid = t.relnamespace where s.nspname = 'public' and t.relkind = 'r'`.execute(server.database.owner);
  return rows[0]?.counted ?? '';
}

type Case = readonly [what: string, method: string, path: string, body: unknown, named: string | RegExp];

const bodies: readonly Case[] = [
  ['a text where a flag belongs', 'POST', '/users', user({ accountEnabled: 'yes' }), 'accountEnabled'],
  ['a number where a text belongs', 'POST', '/users', user({ displayName: 7 }), 'displayName'],
  ['a text where a list belongs', 'POST', '/applications', { displayName: 'x', identifierUris: 'api://x' }, 'identifierUris'],
  ['a list where an object belongs', 'POST', '/users', user({ passwordProfile: [] }), 'passwordProfile'],
  ['null where it is not allowed', 'POST', `${entitlement}/catalogs`, { displayName: null }, 'displayName'],
  ['a word that the enum does not have', 'POST', `${entitlement}/catalogs`, { displayName: 'x', description: 'x', state: 'open' }, 'state'],
  ['a number for an enum', 'POST', `${entitlement}/catalogs`, { displayName: 'x', description: 'x', state: 99 }, 'state'],
  ['an unknown scope', 'POST', `${entitlement}/assignmentPolicies`, policy({ allowedTargetScope: 'everybody' }), 'allowedTargetScope'],
  ['an unknown type of request', 'POST', `${entitlement}/assignmentRequests`, { ...add(), requestType: 'takeAll' }, 'requestType'],
  ['a type of request that only the server makes', 'POST', `${entitlement}/assignmentRequests`, { ...add(), requestType: 'systemAdd' }, 'requestType'],
  ['a property that does not exist', 'POST', `${entitlement}/catalogs`, { displayName: 'x', description: 'x', colour: 'red' }, 'colour'],
  ['a property that does not exist, deep inside', 'POST', `${entitlement}/assignmentPolicies`, policy({ requestorSettings: { enableEverybody: true } }), 'enableEverybody'],
  ['an unknown subject set', 'POST', `${entitlement}/assignmentPolicies`, policy({ allowedTargetScope: 'specificDirectoryUsers', specificAllowedTargets: [{ '@odata.type': '#microsoft.graph.everyone' }] }), /specificAllowedTargets|@odata.type/],
  ['a subject set without its type', 'POST', `${entitlement}/assignmentPolicies`, policy({ allowedTargetScope: 'specificDirectoryUsers', specificAllowedTargets: [{ userId: sam.id }] }), /specificAllowedTargets|@odata.type/],
  ['specific users that are nobody', 'POST', `${entitlement}/assignmentPolicies`, policy({ allowedTargetScope: 'specificDirectoryUsers', specificAllowedTargets: [] }), 'specificAllowedTargets'],
  ['approval that nobody gives', 'POST', `${entitlement}/assignmentPolicies`, policy({ requestApprovalSettings: { isApprovalRequiredForAdd: true, stages: [] } }), 'stages'],
  ['a stage without approvers', 'POST', `${entitlement}/assignmentPolicies`, stage({ primaryApprovers: [] }), 'stages'],
  ['a required property that is missing', 'POST', `${entitlement}/accessPackages`, { description: 'x', catalog: { id: given.catalogId } }, 'displayName'],
  ['a package without a catalog', 'POST', `${entitlement}/accessPackages`, { displayName: 'x', description: 'x' }, 'catalog'],
  ['a policy without a package', 'POST', `${entitlement}/assignmentPolicies`, { displayName: 'x', description: 'x', allowedTargetScope: 'notSpecified' }, 'accessPackage'],
  ['a request without a target', 'POST', `${entitlement}/assignmentRequests`, { requestType: 'adminAdd', assignment: { accessPackageId: given.packageId } }, 'targetId'],
  ['a request without a package', 'POST', `${entitlement}/assignmentRequests`, { requestType: 'adminAdd', assignment: { targetId: sam.id } }, 'accessPackageId'],
  ['a user name without a domain', 'POST', '/users', user({ userPrincipalName: 'x' }), 'userPrincipalName'],
  ['a user name that is taken', 'POST', '/users', user({ userPrincipalName: sam.username }), 'userPrincipalName'],
  ['an app role without an id', 'POST', '/applications', { displayName: 'x', appRoles: [{ value: 'A', displayName: 'A', description: 'A', allowedMemberTypes: ['User'], isEnabled: true }] }, 'appRoles'],
  ['an app role for nobody', 'POST', '/applications', { displayName: 'x', appRoles: [{ id: unknown, value: 'A', displayName: 'A', description: 'A', allowedMemberTypes: [], isEnabled: true }] }, 'allowedMemberTypes'],
  ['an app role for a kind that does not exist', 'POST', '/applications', { displayName: 'x', appRoles: [{ id: unknown, value: 'A', displayName: 'A', description: 'A', allowedMemberTypes: ['Robot'], isEnabled: true }] }, 'allowedMemberTypes'],
  ['a text that is too long', 'POST', `${entitlement}/catalogs`, { displayName: 'x'.repeat(5000), description: 'x' }, 'displayName'],
  ['a NUL in a text', 'POST', `${entitlement}/catalogs`, { displayName: 'a\u0000b', description: 'x' }, 'displayName'],
  ['half a surrogate pair in a text', 'POST', `${entitlement}/catalogs`, '{"displayName":"a\\ud800b","description":"x"}', 'displayName'],
];

const ids: readonly Case[] = [
  ['an id that is none', 'GET', `${entitlement}/catalogs/abc`, undefined, /abc/],
  ['an id with SQL in it', 'GET', `/users/${encodeURIComponent("' or 1=1 --")}`, undefined, /or 1=1/],
  ['an id in the body that is none', 'POST', `${entitlement}/assignmentRequests`, requestBody('adminAdd', { targetId: 'abc', policyId: given.policyId, packageId: given.packageId }), 'targetId'],
  ['a package that does not exist', 'POST', `${entitlement}/assignmentRequests`, requestBody('adminAdd', { targetId: sam.id, policyId: given.policyId, packageId: unknown }), /assignment|accessPackage/],
  ['a target that does not exist', 'POST', `${entitlement}/assignmentRequests`, add({}, unknown), 'targetId'],
  ['a policy that does not exist', 'POST', `${entitlement}/assignmentRequests`, requestBody('adminAdd', { targetId: sam.id, policyId: unknown, packageId: given.packageId }), 'assignmentPolicyId'],
  ['a group as a target', 'POST', `${entitlement}/assignmentRequests`, add({}, group.id), 'targetId'],
  ['a target outside the policy', 'POST', `${entitlement}/assignmentRequests`, add({}, bot.id), 'targetId'],
  ['a catalog that does not exist', 'POST', `${entitlement}/accessPackages`, { displayName: 'x', description: 'x', catalog: { id: unknown } }, 'catalog'],
  ['an approver who does not exist', 'POST', `${entitlement}/assignmentPolicies`, stage({ primaryApprovers: [oneUser(unknown)] }), /stages.*singleUser/],
  ['a member that does not exist', 'POST', `/groups/${group.id}/members/$ref`, { '@odata.id': graph.reference('directoryObjects', unknown) }, /@odata.id|members/],
  ['a reference that is no address', 'POST', `/groups/${group.id}/members/$ref`, { '@odata.id': 'nonsense' }, '@odata.id'],
  ['a sponsor that does not exist', 'POST', cast.agent, { displayName: 'x', agentIdentityBlueprintId: blueprint.appId, 'sponsors@odata.bind': [graph.reference('users', unknown)] }, 'sponsors'],
  ['a blueprint that does not exist', 'POST', cast.agent, { displayName: 'x', agentIdentityBlueprintId: unknown, 'sponsors@odata.bind': [graph.reference('users', sam.id)] }, 'agentIdentityBlueprintId'],
  ['an application that does not exist', 'POST', '/servicePrincipals', { appId: unknown }, 'appId'],
  ['a service principal twice', 'POST', '/servicePrincipals', { appId: api.appId }, 'appId'],
  ['a role that the API does not have', 'POST', `/servicePrincipals/${program.principalId}/appRoleAssignments`, { principalId: program.principalId, resourceId: api.principalId, appRoleId: unknown }, 'appRoleId'],
  ['a scope that the API does not have', 'POST', '/oauth2PermissionGrants', { clientId: program.principalId, consentType: 'AllPrincipals', resourceId: api.principalId, scope: 'nothing.at.all' }, 'scope'],
  ['a resource that does not exist', 'POST', `${entitlement}/resourceRequests`, { requestType: 'adminAdd', catalog: { id: given.catalogId }, resource: { originId: unknown, originSystem: 'AadGroup' } }, 'originId'],
  ['an origin that is not known', 'POST', `${entitlement}/resourceRequests`, { requestType: 'adminAdd', catalog: { id: given.catalogId }, resource: { originId: unknown, originSystem: 'Moon' } }, 'originSystem'],
  ['a role that the catalog does not offer', 'POST', `${entitlement}/accessPackages/${given.packageId}/resourceRoleScopes`, { role: { originId: `Member_${unknown}`, originSystem: 'AadGroup' }, scope: { originId: unknown, originSystem: 'AadGroup' } }, 'role'],
  ['a group in itself', 'POST', `/groups/${group.id}/members/$ref`, { '@odata.id': graph.reference('directoryObjects', group.id) }, /members|itself|cycle/],
  ['a group in a group that is in it', 'POST', `/groups/${inner.id}/members/$ref`, { '@odata.id': graph.reference('directoryObjects', group.id) }, /members|itself|cycle/],
  ['an assignment that is not there', 'POST', `${entitlement}/assignmentRequests`, { requestType: 'adminRemove', assignment: { id: unknown } }, /assignment|does not exist/],
];

const times: readonly Case[] = [
  ['an end in the past', 'POST', `${entitlement}/assignmentRequests`, schedule(null, { type: 'afterDateTime', endDateTime: at(-day) }), /expiration/],
  ['a start in the past', 'POST', `${entitlement}/assignmentRequests`, schedule(at(-2 * day), { type: 'afterDateTime', endDateTime: at(day) }), 'startDateTime'],
  ['an end before the start', 'POST', `${entitlement}/assignmentRequests`, schedule(at(3 * day), { type: 'afterDateTime', endDateTime: at(2 * day) }), /expiration/],
  ['an end beyond what the policy allows', 'POST', `${entitlement}/assignmentRequests`, schedule(null, { type: 'noExpiration' }), /expiration/],
  ['an end by date without a date', 'POST', `${entitlement}/assignmentRequests`, schedule(null, { type: 'afterDateTime' }), 'endDateTime'],
  ['a time that is none', 'POST', `${entitlement}/assignmentRequests`, schedule('tomorrow', { type: 'noExpiration' }), 'startDateTime'],
  ['a day that the calendar does not have', 'POST', `${entitlement}/assignmentRequests`, schedule(null, { type: 'afterDateTime', endDateTime: '2031-02-30T00:00:00Z' }), 'endDateTime'],
  ['a duration that is none', 'POST', `${entitlement}/assignmentPolicies`, policy({ expiration: { type: 'afterDuration', duration: 'eight hours' } }), 'duration'],
  ['a negative duration', 'POST', `${entitlement}/assignmentPolicies`, policy({ expiration: { type: 'afterDuration', duration: '-P1D' } }), 'duration'],
  ['no duration at all', 'POST', `${entitlement}/assignmentPolicies`, policy({ expiration: { type: 'afterDuration' } }), 'duration'],
  ['a duration without length', 'POST', `${entitlement}/assignmentPolicies`, policy({ expiration: { type: 'afterDuration', duration: 'PT0S' } }), 'duration'],
  ['a policy that has ended', 'POST', `${entitlement}/assignmentPolicies`, policy({ expiration: { type: 'afterDateTime', endDateTime: at(-day) } }), 'endDateTime'],
];

const queries: readonly Case[] = [
  '$filter=displayName eq', "$filter=displayName eq 'x", '$filter=(displayName eq null', "$filter=nothing eq 'x'", "$filter=displayName gt gt 'x'", "$filter=state eq 'open'", "$filter=id eq 'abc'", "$filter=createdDateTime ge yesterday", `$filter=${'not '.repeat(500)}true`,
  '$select=nothing', '$expand=nothing', '$expand=accessPackages($filter=', '$orderby=nothing', '$orderby=displayName sideways', '$top=-1', '$top=many', '$skip=-1', '$skiptoken=nonsense', '$count=perhaps', '$nothing=1', '$filter=displayName eq \'a\'&$filter=displayName eq \'b\'',
].map((query): Case => [query.slice(0, 60), 'GET', `${entitlement}/catalogs?${query.replaceAll(' ', '%20')}`, undefined, /.+/]);

const before = await footprint();

/** A 4xx in Graph's shape whose target or words name the field. */
async function expectRefusal([, method, path, body, named]: Case): Promise<void> {
  const answer = await raw.call(method, path, body === undefined ? {} : { body });
  expect([answer.status >= 400 && answer.status < 500, answer.text.slice(0, 300)]).toEqual([true, expect.any(String)]);
  const error = recordAt(answer.json, 'error');
  expect(error).toMatchObject({ code: expect.any(String) as string, message: expect.any(String) as string, innerError: { 'request-id': answer.headers.get('request-id') } });
  const told = `${textAt(error, 'target') ?? ''} ${textOf(error, 'message')} ${recordsAt(error, 'details').map((detail) => `${textAt(detail, 'target') ?? ''} ${textAt(detail, 'message') ?? ''}`).join(' ')}`;
  expect(told).toMatch(typeof named === 'string' ? new RegExp(named.replaceAll(/[$@.]/g, '\\$&'), 'i') : named);
}

describe.each([['bodies', bodies], ['identifiers and references', ids], ['times', times], ['queries', queries]])('bad %s', (_name, cases) => {
  it.each(cases)('are refused: %s', async (...one) => { await expectRefusal(one); });
  afterAll(async () => { expect(await footprint()).toBe(before); });
});

describe('what is no request at all', () => {
  const url = `${door.base}/v1.0${entitlement}/catalogs`;
  const post = async (body: string, type = 'application/json'): Promise<number> => (await send('POST', url, { token, body, headers: { 'content-type': type } })).status;

  it('is refused: broken, foreign, huge and deep bodies', async () => {
    expect([await post('{"displayName":'), await post(''), await post('[]'), await post('"x"'), await post('null'), await post('<xml/>', 'text/xml')]).toEqual([400, 400, 400, 400, 400, 415]);
    expect(await post(`{"displayName":"${'x'.repeat(30_000_000)}"}`)).toBe(413);
    expect(await post(`{"displayName":${'['.repeat(100_000)}${']'.repeat(100_000)}}`)).toBe(400);
    expect(await post(`{"a":${'{"a":'.repeat(2000)}1${'}'.repeat(2000)}}`)).toBe(400);
    expect(await post('{"__proto__":{"isAdmin":true},"displayName":"x","description":"x"}')).toBe(400);
    expect((await raw.call('GET', `/users?$filter=displayName eq '${'x'.repeat(20_000)}'`)).status).toBe(431);
    expect(await footprint()).toBe(before);
  });

  it('is refused: JSON that is sent as a form, as curl does by itself; an empty form is no body', async () => {
    expect([await post('{"displayName":"x"}', 'application/x-www-form-urlencoded'), await post('', 'application/x-www-form-urlencoded')]).toEqual([415, 400]);
    expect(await footprint()).toBe(before);
  });

  it('is refused: methods and addresses that do not exist', async () => {
    for (const [method, path, status] of [['DELETE', '/users', 405], ['PUT', `/users/${sam.id}`, 405], ['GET', '/nothing', 404], ['POST', `${entitlement}/assignments`, 405], ['GET', `/users/${sam.id}/nothing`, 404], ['GET', '/users/%E0%A4%A', 404]] as const) {
      const answer = await raw.call(method, path, method === 'POST' || method === 'PUT' ? { body: {} } : {});
      expect([method, path, answer.status, textAt(recordAt(answer.json, 'error'), 'code') !== undefined]).toEqual([method, path, status, true]);
    }
  });

  it('leaves the server as it was', async () => {
    expect((await send('GET', `${door.base}/health/ready`)).status).toBe(200);
    expect((await raw.list(`${entitlement}/catalogs`)).map(({ id }) => id)).toEqual([given.catalogId]);
    await graph.create(`${entitlement}/assignmentRequests`, add());
  });
});
