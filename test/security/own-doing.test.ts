/** Rules of who belongs: nobody writes themselves in, and nobody who manages one thing asks attributes of everybody by them. */
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { entitlement } from '../../cli/client/graph.ts';
import { createPerson } from '../../cli/client/organisation.ts';
import { policyBody } from '../../cli/client/policies.ts';
import { isMemberBy } from '../../src/features/membershipRules/store/conditions.ts';
import type { JsonRecord } from '../../src/kernel/json.ts';
import { offer } from '../support/access.ts';
import { Beyond } from '../support/beyond.ts';
import { give, oneThingWorld, roleAssignments } from '../support/one-thing.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
const { graph } = server;
const { catalog, mine, desk, personOf, somebody } = await oneThingWorld(server);
const policies = `${entitlement}/assignmentPolicies`;
const byRule = (packageId: string, membershipRule: string, more: JsonRecord = {}): JsonRecord => ({
  ...policyBody(packageId, { scope: membershipRule.startsWith('user') ? 'specificDirectoryUsers' : 'specificDirectoryServicePrincipals', targets: [{ '@odata.type': '#microsoft.graph.attributeRuleMembers', membershipRule }] }), ...more,
});
const automatic: JsonRecord = { automaticRequestSettings: { requestAccessForAllowedTargets: true, removeAccessWhenTargetLeavesAllowedTargets: true, gracePeriodBeforeAccessRemoval: null } };
const approved = (approverId: string): JsonRecord => ({ requestApprovalSettings: { isApprovalRequiredForAdd: true, stages: [{ durationBeforeAutomaticDenial: 'P2D', primaryApprovers: [{ '@odata.type': '#microsoft.graph.singleUser', userId: approverId }] }] } });

it.each(['user.mobilePhone -startsWith "+43"', 'servicePrincipal.tags -any (_ -eq "prod")', 'agent.ownerDepartments -any (_ -eq "Finance")'])('%s gives nothing, for whoever likes could fulfil it', async (rule) => {
  const { packageId } = await offer(graph, []);
  expect(await graph.refusal('POST', policies, byRule(packageId, rule, automatic))).toMatchObject({ status: 400, codes: ['ruleByOwnDoing'] });
  expect(await graph.refusal('POST', policies, byRule(packageId, rule))).toMatchObject({ status: 400, codes: ['ruleByOwnDoing'] });
  expect(await graph.refusal('POST', policies, byRule(packageId, rule, { ...automatic, ...approved((await somebody()).id) }))).toMatchObject({ status: 400, codes: ['ruleByOwnDoing'] });
  await graph.create(policies, byRule(packageId, rule, approved((await somebody()).id)));
});

it('who accepts that says so, and nobody says it for them', async () => {
  const rule = 'user.mobilePhone -startsWith "+43"';
  const accepted = (packageId: string): JsonRecord => byRule(packageId, rule, { ...automatic, specificAllowedTargets: [{ '@odata.type': '#microsoft.graph.attributeRuleMembers', membershipRule: rule, isOwnDoingAccepted: true }] });
  const { packageId } = await offer(graph, []);
  const made = await graph.create(policies, accepted(packageId));
  expect((await graph.read(`${policies}/${made.id}`))['specificAllowedTargets']).toMatchObject([{ membershipRule: rule, isOwnDoingAccepted: true }]);
  expect((await desk('manager').refusal('POST', policies, accepted(mine.packageId))).status).toBe(403);
});

it('people change no attribute of themselves by which a rule gives', async () => {
  const person = await createPerson(graph, 'Pat', server.domain);
  const self = await server.asPerson(person);
  for (const name of ['department', 'jobTitle', 'companyName', 'employeeType', 'officeLocation', 'city', 'usageLocation', 'displayName', 'mail']) expect([name, (await self.refusal('PATCH', '/me', { [name]: 'Finance' })).status]).toEqual([name, 403]);
  expect((await self.refusal('PATCH', '/me', { onPremisesExtensionAttributes: { extensionAttribute1: 'Finance' } })).status).toBe(403);
});

it('a rule is written by administrators of the whole tenant, in earnest and in a trial', async () => {
  const owner = await somebody();
  await graph.create(roleAssignments, give(owner.id, 'catalogOwner', `/AccessPackageCatalog/${catalog.id}`));
  const rule = 'user.employeeId -startsWith "7"';
  const wish = byRule(mine.packageId, rule);
  for (const as of [await server.asPerson(owner), desk('manager')]) expect((await as.refusal('POST', policies, wish)).status).toBe(403);
  expect((await desk('keeper').refusal('PUT', `${policies}/${mine.policyId}`, wish)).status).toBe(403);
  const tried = await new Beyond(server.door.base).send('POST', 'simulate', { token: await server.tokenOfPerson(personOf('manager')), body: { policy: wish } });
  expect(tried.status).toBe(403);
  await graph.must('PUT', `${policies}/${mine.policyId}`, wish);
  // What administrators wrote may be left as it is.
  await desk('keeper').must('PUT', `${policies}/${mine.policyId}`, { ...wish, displayName: 'renamed' });
  expect((await desk('keeper').refusal('PUT', `${policies}/${mine.policyId}`, byRule(mine.packageId, 'user.employeeId -startsWith "71"'))).status).toBe(403);
});

it('a rule that can be read no more is nobody\'s, and stops no other', async () => {
  const { rows } = await sql<{ n: number }>`select count(*)::integer as n from directory_objects o where ${isMemberBy({ about: 'users', kinds: ['user'], where: { is: 'some', of: [] } }, 'o')}`.execute(server.database.db);
  expect(rows).toEqual([{ n: 0 }]);
});

it('a rule is as small as the database can answer', async () => {
  const heavy = Array.from({ length: 12 }, (_, nth) => `user.displayName -match "a.{90}${nth}z"`).join(' -or ');
  expect(await graph.refusal('POST', policies, byRule(mine.packageId, heavy))).toMatchObject({ status: 400, codes: ['membershipRule'] });
});
