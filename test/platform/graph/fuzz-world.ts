/** An organisation with something of everything, made through the service itself, and a service that forgets every change. */
import { sql } from 'kysely';
import { addResource, addRole, createAgent, createApi, createBlueprint, createCatalog, createPackage, createPerson, createWorkload, type Person } from '../../../cli/client/organisation.ts';
import { cast, entitlement, Graph, type Entity } from '../../../cli/client/graph.ts';
import { oneUser, policyBody, requestBody, sponsorsOrOwners } from '../../../cli/client/policies.ts';
import { directoryRole } from '../../../src/features/roles/model.ts';
import { bootstrapTenant } from '../../../src/issuer/bootstrap/bootstrap.ts';
import type { Caller } from '../../../src/kernel/caller.ts';
import { isRecord, recordsAt, type JsonRecord } from '../../../src/kernel/json.ts';
import type { Database, Db, Tx } from '../../../src/platform/db/database.ts';
import { all } from '../../../src/platform/db/transaction.ts';
import { silentLog } from '../../../src/platform/db/log.ts';
import type { GraphService } from '../../../src/platform/graph/exchange.ts';
import type { Registry } from '../../../src/platform/graph/registry.ts';
import { answerGraph } from '../../../src/platform/graph/service.ts';
import { newId } from '../../../src/platform/ids.ts';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Says yes to whatever permission is asked about. */
class EveryName extends Set<string> {
  override has(): boolean { return true; }
}

const caller = (principalId: string, kind: Caller['kind'], more: Partial<Caller> = {}): Caller => ({
  principalId, kind, displayName: 'Caller', clientAppId: principalId, isDelegated: kind === 'user', permissions: new Set(), directoryRoles: new Set(), entitlementRoles: [], ...more,
});

/** What requests are made of. */
export interface World {
  readonly callers: Readonly<Record<string, Caller>>;
  /** Keys of what exists, by entity type. */
  readonly ids: ReadonlyMap<string, readonly string[]>;
}

/** Graph as the service answers it, without HTTP, as somebody who may do everything. */
class Within extends Graph {
  readonly #service: GraphService;
  #caller: Caller;

  constructor(service: GraphService, as: Caller) {
    super(service.publicUrl);
    this.#service = service;
    this.#caller = as;
  }

  as(other: Caller): Within {
    return new Within(this.#service, other);
  }

  async must(method: string, url: string, body?: unknown): Promise<JsonRecord> {
    const [where = '', query = ''] = url.split(/\?(.*)/s, 2);
    const bugs: unknown[] = [];
    const request = { method, version: 'v1.0' as const, path: where, query, headers: {}, body, caller: this.#caller, requestId: newId(), clientRequestId: newId() };
    const answer = await answerGraph(this.#service, request, { error: (facts) => { bugs.push(facts); } });
    if (answer.status >= 300) throw new Error(`${method} ${url}: ${answer.status} ${JSON.stringify(answer.body)} ${bugs.map((bug) => (isRecord(bug) ? String(bug['err']) : '')).join()}`);
    const json: unknown = JSON.parse(JSON.stringify(answer.body ?? {}));
    return isRecord(json) ? json : {};
  }

  async list(url: string): Promise<readonly Entity[]> {
    return recordsAt(await this.must('GET', url), 'value').map((one) => ({ ...one, id: String(one['id']) }));
  }
}

/** Fills a database, and answers who may call and what there is. */
export async function makeWorld({ db }: Database, service: GraphService): Promise<World> {
  await bootstrapTenant(db, { home: await mkdtemp(path.join(tmpdir(), 'gatehouse-fuzz-')), url: service.publicUrl, now: new Date(), log: silentLog });
  const [first] = await all(db, sql<{ id: string }>`select id from directory_objects where type = 'user' limit 1`);
  const administrator = caller(first?.id ?? '', 'user', { permissions: new EveryName(), directoryRoles: new Set([directoryRole.globalAdministrator]) });
  const graph = new Within(service, administrator);
  const people = await Promise.all(['Ann Able', 'Bob Baker', 'Cid Cook', 'Dee Doe'].map(async (name) => createPerson(graph, name, 'gatehouse.local')));
  const who = await directory(graph, people);
  const catalogId = await packages(graph, people, who);
  await holdRun(db);
  const ids = await keysOf(db, service.registry);
  const [ann, bob, cid] = people;
  const self = new Set(['EntitlementMgmt-SubjectAccess.ReadWrite', 'User.Read', 'User.ReadBasic.All', 'GroupMember.Read.All']);
  return {
    ids,
    callers: {
      administrator, application: caller(who.workload, 'servicePrincipal', { permissions: new EveryName() }), user: caller(ann?.id ?? '', 'user', { permissions: self }), approver: caller(bob?.id ?? '', 'user', { permissions: self }),
      owner: caller(cid?.id ?? '', 'user', { permissions: new EveryName(), entitlementRoles: [{ roleDefinitionId: 'ae79f266-94d4-4dab-b730-feca7e132178', catalogId }] }),
      agent: caller(who.agent, 'agentIdentity', { permissions: new Set(['EntitlementManagement.SelfRequest']), blueprintAppId: who.blueprintAppId }), stranger: caller(newId(), 'servicePrincipal'), nobody: caller(newId(), 'user'),
    },
  };
}

interface Who { readonly groupId: string; readonly workload: string; readonly agent: string; readonly blueprintAppId: string; readonly apiAppId: string; readonly apiPrincipal: string; readonly roleId: string; readonly scopeId: string }

async function directory(graph: Graph, people: readonly Person[]): Promise<Who> {
  const [ann, bob, cid, dee] = people.map(({ id }) => id);
  const ref = (id: string | undefined): JsonRecord => ({ '@odata.id': graph.reference('directoryObjects', id ?? '') });
  await graph.must('PUT', `/users/${ann}/manager/$ref`, ref(bob));
  await graph.must('PATCH', `/users/${ann}`, { jobTitle: 'Clerk', businessPhones: ['1'], city: 'Bern', employeeId: '7' });
  const group = async (displayName: string): Promise<string> => (await graph.create('/groups', { displayName, description: 'fuzz', mailEnabled: false, mailNickname: displayName, securityEnabled: true })).id;
  const [outer, inner, spare] = [await group('Outer'), await group('Inner'), await group('Spare')];
  for (const id of [ann, bob, inner]) await graph.must('POST', `/groups/${outer}/members/$ref`, ref(id));
  for (const id of [cid, dee]) await graph.must('POST', `/groups/${inner}/members/$ref`, ref(id));
  await graph.must('POST', `/groups/${outer}/owners/$ref`, ref(ann));
  await graph.must('DELETE', `/groups/${spare}`);
  const api = await createApi(graph, { name: 'Fuzz Api', roles: ['Fuzz.Read', 'Fuzz.Write'], scopes: ['Fuzz.Me'] });
  const workload = await createWorkload(graph, 'Fuzz workload');
  await graph.must('POST', `/applications/${workload.application.id}/owners/$ref`, ref(ann));
  await graph.must('POST', `/servicePrincipals/${workload.principalId}/owners/$ref`, ref(bob));
  await graph.create(`/applications/${workload.application.id}/federatedIdentityCredentials`, { name: 'fuzz', issuer: 'https://issuer.example', subject: 's', audiences: ['api://AzureADTokenExchange'] });
  await graph.create(`/applications/${workload.application.id}/extensionProperties`, { name: 'fuzz', dataType: 'String', targetObjects: ['User'] });
  const blueprint = await createBlueprint(graph, 'Fuzz blueprint', people.slice(0, 1));
  const agent = await createAgent(graph, blueprint, { displayName: 'Fuzz agent', sponsors: people.slice(0, 1), owners: people.slice(1, 2) });
  await graph.must('POST', `${cast.blueprint}/${blueprint.application.id}/inheritablePermissions`, { resourceAppId: api.appId, inheritableScopes: { '@odata.type': '#microsoft.graph.allAllowedScopes' } });
  const [roleId, scopeId] = [api.roles['Fuzz.Read'] ?? '', api.scopes['Fuzz.Me'] ?? ''];
  for (const principalId of [workload.principalId, agent.id]) await graph.create(`/servicePrincipals/${principalId}/appRoleAssignments`, { principalId, resourceId: api.principalId, appRoleId: roleId });
  await graph.create(`/users/${ann}/appRoleAssignments`, { principalId: ann, resourceId: api.principalId, appRoleId: roleId });
  await graph.create('/oauth2PermissionGrants', { clientId: workload.principalId, consentType: 'Principal', principalId: ann, resourceId: api.principalId, scope: 'Fuzz.Me' });
  await graph.create('/roleManagement/directory/roleAssignments', { principalId: dee, roleDefinitionId: directoryRole.globalReader, directoryScopeId: '/' });
  return { groupId: outer, workload: workload.principalId, agent: agent.id, blueprintAppId: blueprint.appId, apiAppId: api.appId, apiPrincipal: api.principalId, roleId, scopeId };
}

async function packages(graph: Within, people: readonly Person[], who: Who): Promise<string> {
  const [ann, bob, cid] = people.map(({ id }) => id);
  const { id: catalogId } = await createCatalog(graph, 'Fuzz catalog');
  const { id: packageId } = await createPackage(graph, catalogId, 'Fuzz package');
  const { id: other } = await createPackage(graph, catalogId, 'Other package');
  const group = await addResource(graph, catalogId, { originSystem: 'AadGroup', originId: who.groupId });
  const api = await addResource(graph, catalogId, { originSystem: 'AadApplication', originId: who.apiPrincipal });
  await addRole(graph, packageId, { resource: group, roleOriginId: `Member_${who.groupId}` });
  await addRole(graph, other, { resource: api, roleOriginId: who.roleId });
  await graph.must('POST', `${entitlement}/accessPackages/${packageId}/incompatibleAccessPackages/$ref`, { '@odata.id': `${graph.base}/v1.0${entitlement}/accessPackages/${other}` });
  const requestor = { enableTargetsToSelfAddAccess: true, enableTargetsToSelfRemoveAccess: true, enableOnBehalfRequestorsToAddAccess: true, onBehalfRequestors: [sponsorsOrOwners] };
  const question = { '@odata.type': '#microsoft.graph.accessPackageMultipleChoiceQuestion', id: newId(), text: 'Why?', isRequired: false, sequence: 0, choices: [{ actualValue: 'a', text: 'A' }], isMultipleSelectionAllowed: false };
  const open = await graph.create(`${entitlement}/assignmentPolicies`, policyBody(packageId, { scope: 'allDirectoryUsers', requestor, expiration: { type: 'afterDuration', duration: 'P30D' } }));
  const asked = await graph.create(`${entitlement}/assignmentPolicies`, {
    ...policyBody(other, { scope: 'specificDirectoryUsers', targets: [oneUser(ann ?? ''), oneUser(cid ?? '')], requestor, stages: [{ primary: [oneUser(bob ?? '')], fallback: [oneUser(cid ?? '')] }] }), questions: [question],
    reviewSettings: { isEnabled: true, isSelfReview: true, expirationBehavior: 'keepAccess', schedule: { expiration: { type: 'afterDuration', duration: 'P14D' }, recurrence: { pattern: { type: 'absoluteMonthly', interval: 1 }, range: { type: 'noEnd' } } } },
  });
  await graph.create(`${entitlement}/assignmentPolicies`, policyBody(other, { scope: 'specificDirectoryServicePrincipals', targets: [{ '@odata.type': '#microsoft.graph.singleServicePrincipal', servicePrincipalId: who.agent }] }));
  await graph.create(`${entitlement}/assignmentPolicies`, {
    ...policyBody(packageId, { scope: 'specificDirectoryUsers', targets: [{ '@odata.type': '#microsoft.graph.attributeRuleMembers', membershipRule: 'user.displayName -ne null' }] }),
    automaticRequestSettings: { requestAccessForAllowedTargets: true, removeAccessWhenTargetLeavesAllowedTargets: true, gracePeriodBeforeAccessRemoval: 'P7D' },
  });
  const requests = `${entitlement}/assignmentRequests`;
  await graph.create(requests, requestBody('adminAdd', { targetId: bob ?? '', policyId: open.id, packageId }));
  const self = caller(ann ?? '', 'user', { permissions: new Set(['EntitlementMgmt-SubjectAccess.ReadWrite']) });
  await graph.as(self).create(requests, { ...requestBody('userAdd', { targetId: ann ?? '', policyId: asked.id, packageId: other }), justification: 'please', answers: [] });
  await graph.as(caller(cid ?? '', 'user', { permissions: self.permissions })).create(requests, requestBody('userAdd', { targetId: cid ?? '', policyId: asked.id, packageId: other }));
  await graph.create('/roleManagement/entitlementManagement/roleAssignments', { principalId: cid, roleDefinitionId: 'ae79f266-94d4-4dab-b730-feca7e132178', appScopeId: `/AccessPackageCatalog/${catalogId}` });
  return catalogId;
}

/** A run of automatic assignment that was held, and somebody to whom nothing could be given. */
async function holdRun(db: Db): Promise<void> {
  await sql`
    with made as (insert into automatic_assignments (assignment_id, policy_id, target_id) select a.id, r.policy_id, a.target_id from assignments a cross join attribute_rules r returning assignment_id, policy_id),
    held as (
      insert into automatic_assignment_runs (id, policy_id, access_package_id, state, assignment_count, created_at)
      select gen_random_uuid(), p.id, p.access_package_id, 'held', 1, now() from attribute_rules r join assignment_policies p on p.id = r.policy_id returning id),
    listed as (insert into automatic_run_removals (run_id, assignment_id) select held.id, made.assignment_id from held cross join made)
    update rule_members set reasons = '[{"code": "targetDisabled", "message": "disabled"}]', refused_at = now() where id = (select min(id::text)::uuid from rule_members)`.execute(db);
}

/** Up to eight keys of each type, old and new. */
export async function keysOf(db: Db, registry: Registry): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, readonly string[]>();
  for (const type of registry.types.values()) {
    const { table } = type.declared;
    const of = type.discriminators.length === 0 ? sql`true` : sql`type in (${sql.join(type.discriminators.map((word) => sql.lit(word)))})`;
    const rows = await all(db, sql<{ key: string }>`select ${sql.ref(type.keyColumn)}::text as key from ${sql.table(table)} where ${of} order by md5(${sql.ref(type.keyColumn)}::text) limit 8`);
    found.set(type.name, rows.map(({ key }) => key));
  }
  return found;
}

class Undone extends Error {}

/** The same database for one who forgets every change: what a transaction would have kept is checked, and rolled back. */
export function forgetful(db: Db): Db {
  const execute = async <T>(work: (tx: Tx) => Promise<T>): Promise<T> => {
    const done: { result?: { readonly value: T } } = {};
    try {
      await db.transaction().setIsolationLevel('read committed').execute(async (tx) => {
        done.result = { value: await work(tx) };
        await sql`set constraints all immediate`.execute(tx);
        throw new Undone();
      });
    } catch (error) {
      if (!(error instanceof Undone)) throw error;
    }
    if (done.result === undefined) throw new Error('nothing came of it');
    return done.result.value;
  };
  const builder = { setIsolationLevel: () => builder, execute };
  return new Proxy(db, { get: (target, key) => (key === 'transaction' ? () => builder : bound(target, Reflect.get(target, key, target))) });
}

const bound = (target: object, member: unknown): unknown => (typeof member === 'function' ? member.bind(target) : member);
