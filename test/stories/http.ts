/** Stories over HTTP: a whole server, real tokens, and time that passes by moving what rows hold. */
import { cast, entitlement, filter, type Entity } from '../../cli/client/graph.ts';
import { addResource, addRole, createPackage, type Origin, type Person, type Resource, type Workload } from '../../cli/client/organisation.ts';
import { recordAt, textAt, type JsonRecord } from '../../src/kernel/json.ts';
import { newId } from '../../src/platform/ids.ts';
import { createGroup, type OfferedRoles } from '../support/access.ts';
import { requestNow, stagesOf } from '../support/lifecycle.ts';
import { connect, newDomain } from '../support/organizations.ts';
import { provider } from './commands.ts';
import { newWorkload, type Caller, type House } from './http/house.ts';
import { answered } from './http/answers.ts';
import { programsOf } from './http/programs.ts';
import { HttpRunning, pathOf, type Lent } from './http/running.ts';
import { HttpServed } from './http/served.ts';
import { policyWire, requestWire, substituteWire } from './wire.ts';
import type { Role } from './people.ts';
import type { Asking, Content, Held, NewIdentity, PolicyPlan, Refused, RequestNow, World } from './world.ts';

/** One story, told to the server of all. */
export class HttpWorld implements World {
  readonly depth = 'http';
  readonly running: HttpRunning;
  readonly served: HttpServed;
  readonly #house: House;
  readonly #ids = new Map<string, string>();
  readonly #agents = new Set<string>();
  readonly #callers = new Map<string, Caller>();
  readonly #domains = new Map<string, string>();
  readonly #held = new Map<string, OfferedRoles>();
  readonly #resources = new Map<string, Resource>();
  #catalogId: string | undefined;
  #requestId = '';

  constructor(house: House) {
    this.#house = house;
    const lent: Lent = {
      house, idOf: this.#idOf, nameOf: this.#nameOf, isAgent: (name) => this.#agents.has(name), name: (name, id) => { this.#ids.set(name, id); }, caller: (who) => this.#caller(who), catalog: async () => await this.#catalog(),
      resource: async (catalogId, origin) => await this.#resource(catalogId, origin), requestId: () => this.#requestId, remember: (id) => { this.#requestId = id; }, assignmentOf: async (target, packageId) => await this.#assignmentOf(target, packageId),
      domainOf: (name) => this.#domains.get(name) ?? newDomain(),
    };
    this.running = new HttpRunning(lent);
    this.served = new HttpServed(lent);
  }

  readonly #idOf = (name: string): string => {
    const id = this.#ids.get(name);
    if (id === undefined) throw new Error(`'${name}' is not in the story`);
    return id;
  };

  readonly #nameOf = (id: string): string => [...this.#ids].find(([, one]) => one === id)?.[0] ?? id;

  async addIdentity(one: NewIdentity): Promise<void> {
    if (one.kind === 'user') await this.#addPerson(one);
    else if (one.kind === 'agentIdentity') await this.#addAgent(one);
    else await this.#addApplication(one);
  }

  async #addPerson({ name, isGuest = false, organization = '' }: NewIdentity): Promise<void> {
    const person: Person = await this.#house.borrow();
    this.#ids.set(name, person.id);
    this.#callers.set(name, this.#house.asPerson(person));
    if (isGuest) await this.#graph.must('PATCH', `/users/${person.id}`, { userType: 'Guest', mail: `guest@${this.#domains.get(organization) ?? newDomain()}` });
  }

  async #addAgent({ name, sponsors = [], owners = [] }: NewIdentity): Promise<void> {
    const bound = (names: readonly string[]): readonly string[] => names.map((one) => this.#graph.reference('directoryObjects', this.#idOf(one)));
    const agent = await this.#graph.create(cast.agent, {
      displayName: name, agentIdentityBlueprintId: this.#house.blueprint.appId, 'sponsors@odata.bind': bound(sponsors), ...(owners.length === 0 ? {} : { 'owners@odata.bind': bound(owners) }),
    });
    this.#ids.set(name, agent.id);
    this.#agents.add(name);
    this.#callers.set(name, this.#house.asAgent(agent));
  }

  async #addApplication({ name, owners = [] }: NewIdentity): Promise<void> {
    const workload: Workload = await newWorkload(this.#house);
    this.#ids.set(name, workload.principalId);
    this.#callers.set(name, this.#house.asWorkload(workload));
    for (const owner of owners) await this.#graph.must('POST', `/applications/${workload.application.id}/owners/$ref`, this.#referenceTo('directoryObjects', owner));
  }

  async addGroup(name: string, members: readonly string[]): Promise<void> {
    const group = await createGroup(this.#graph, name);
    this.#ids.set(name, group.id);
    for (const member of members) await this.#graph.must('POST', `/groups/${group.id}/members/$ref`, this.#referenceTo('directoryObjects', member));
  }

  async addOrganization(name: string, state: 'configured' | 'proposed'): Promise<void> {
    const domain = newDomain();
    this.#domains.set(name, domain);
    this.#ids.set(name, (await connect(this.#graph, domain, { state })).id);
  }

  async setManager(who: string, manager: string): Promise<void> {
    await this.#graph.must('PUT', `/users/${this.#idOf(who)}/manager/$ref`, this.#referenceTo('users', manager));
  }

  async addSponsor(who: string, sponsor: string): Promise<void> {
    await this.#graph.must('POST', `/users/${this.#idOf(who)}/sponsors/$ref`, this.#referenceTo('users', sponsor));
  }

  async addOrganizationSponsor(organization: string, sponsor: string, kind: 'internal' | 'external'): Promise<void> {
    await this.#graph.must('POST', `${entitlement}/connectedOrganizations/${this.#idOf(organization)}/${kind}Sponsors/$ref`, this.#referenceTo('users', sponsor));
  }

  async leaveGroup(who: string, group: string): Promise<void> {
    await this.#graph.must('DELETE', `/groups/${this.#idOf(group)}/members/${this.#idOf(who)}/$ref`);
  }

  async giveRole(who: string, role: Role): Promise<void> {
    const [source, roleDefinitionId] = provider[role];
    const scope = source === 'directory' ? { directoryScopeId: '/' } : { appScopeId: `/AccessPackageCatalog/${await this.#catalog()}` };
    await this.#graph.must('POST', `/roleManagement/${source}/roleAssignments`, { principalId: this.#idOf(who), roleDefinitionId, ...scope });
  }

  async #catalog(): Promise<string> {
    this.#catalogId ??= await this.#newCatalog('published');
    return this.#catalogId;
  }

  async #newCatalog(state: string): Promise<string> {
    const displayName = `catalog ${newId()}`;
    return (await this.#graph.create(`${entitlement}/catalogs`, { displayName, description: displayName, state, isExternallyVisible: true })).id;
  }

  async addPackage(name: string, { isPublished, content }: { readonly isPublished: boolean; readonly content: Content }): Promise<void> {
    const catalogId = isPublished ? await this.#catalog() : await this.#newCatalog('unpublished');
    const { id } = await createPackage(this.#graph, catalogId, `${name} ${newId()}`);
    const { roles, ...origin } = await this.#contentOf(content);
    const resource = await this.#resource(catalogId, origin);
    for (const roleOriginId of roles) await addRole(this.#graph, id, { resource, roleOriginId });
    this.#ids.set(name, id);
    this.#held.set(name, { ...origin, roles });
  }

  async #resource(catalogId: string, origin: Origin): Promise<Resource> {
    const key = `${catalogId} ${origin.originSystem} ${origin.originId}`;
    const resource = this.#resources.get(key) ?? await addResource(this.#graph, catalogId, origin);
    this.#resources.set(key, resource);
    return resource;
  }

  async #contentOf(content: Content): Promise<OfferedRoles> {
    const { api } = this.#house;
    const roles = [this.#house.role(this.#held.size)];
    if (content === 'an application role') return { originSystem: 'AadApplication', originId: api.principalId, roles };
    if (content === 'an API permission') return { originSystem: 'OAuthApplication', originId: api.appId, roles };
    const group = await createGroup(this.#graph, `operators ${newId()}`, { isAssignableToRole: true });
    return { originSystem: 'AadGroup', originId: group.id, roles: [`Member_${group.id}`] };
  }

  async excludePackage(name: string, other: string): Promise<void> {
    await this.#graph.must('POST', `${entitlement}/accessPackages/${this.#idOf(name)}/incompatibleAccessPackages/$ref`, this.#referenceTo('identityGovernance/entitlementManagement/accessPackages', other));
  }

  async excludeGroup(name: string, group: string): Promise<void> {
    await this.#graph.must('POST', `${entitlement}/accessPackages/${this.#idOf(name)}/incompatibleGroups/$ref`, this.#referenceTo('groups', group));
  }

  async addPolicy(plan: PolicyPlan): Promise<void> {
    const made = await this.#graph.create(`${entitlement}/assignmentPolicies`, { ...policyWire(plan, this.#idOf), accessPackage: { id: this.#idOf(plan.packageName) }, ...await programsOf(this.#graph, async () => await this.#catalog(), plan) });
    this.#ids.set(plan.name, made.id);
  }

  async disable(who: string): Promise<void> {
    await this.#graph.must('PATCH', pathOf(this.#idOf(who), this.#agents.has(who)), { accountEnabled: false });
  }

  async remove(who: string): Promise<void> {
    await this.#graph.must('DELETE', `/users/${this.#idOf(who)}`);
  }

  async nameSubstitute(who: string, substitute: string, milliseconds: number): Promise<Refused> {
    return answered(await this.#caller(who).inBeta('PUT', '/me/identityGovernance/approverDelegate', substituteWire(this.#idOf(substitute), milliseconds)));
  }

  async ask(who: string, asking: Asking): Promise<Refused> {
    const isAdd = asking.type === 'userAdd' || asking.type === 'adminAdd';
    const [targetId, packageId] = [this.#idOf(asking.target ?? who), this.#idOf(asking.packageName)];
    const assignment = isAdd
      ? { targetId, accessPackageId: packageId, ...(asking.policy === undefined ? {} : { assignmentPolicyId: this.#idOf(asking.policy) }) }
      : { id: (await this.#assignmentOf(targetId, packageId))?.id ?? newId() };
    return await this.#attempt(who, { method: 'POST', path: `${entitlement}/assignmentRequests`, body: requestWire(asking, assignment) }, (made) => { this.#requestId = textAt(made, 'id') ?? ''; });
  }

  async decide(who: string, { result, because }: Parameters<World['decide']>[1]): Promise<Refused> {
    const stages = await stagesOf(this.#database.db, this.#requestId);
    const stageId = (stages.find(({ status }) => status === 'InProgress') ?? stages.at(-1))?.id ?? newId();
    const body = { reviewResult: result, ...(because === undefined ? {} : { justification: because }) };
    return await this.#attempt(who, { method: 'PATCH', path: `${entitlement}/accessPackageAssignmentApprovals/${this.#requestId}/stages/${stageId}`, body });
  }

  async cancel(who: string): Promise<Refused> {
    return await this.#attempt(who, { method: 'POST', path: `${entitlement}/assignmentRequests/${this.#requestId}/cancel` });
  }

  async pass(milliseconds: number): Promise<void> {
    await this.#house.pass(milliseconds);
  }

  /** The state as an administrator reads it; whom a stage waits for, and the codes of what failed, stand in rows only. */
  async request(): Promise<RequestNow> {
    const { state = '' } = await this.#graph.read(`${entitlement}/assignmentRequests/${this.#requestId}`) as Entity & { readonly state?: string };
    const { codes } = await requestNow(this.#database.db, this.#requestId);
    const stages = await stagesOf(this.#database.db, this.#requestId);
    return { state, codes, stages: stages.map(({ status, approvers }) => ({ status, approvers: approvers.map(this.#nameOf) })) };
  }

  /** Access is what the resource says; when it ends is what the assignment says. */
  async held(who: string, packageName: string): Promise<Held | undefined> {
    const [principalId, { originSystem, originId, roles }] = [this.#idOf(who), this.#held.get(packageName) ?? { originSystem: '', originId: '', roles: [] }];
    const holds = originSystem === 'AadGroup'
      ? (await this.#graph.list(`/groups/${originId}/members`)).some(({ id }) => id === principalId)
      : (await this.#graph.list(`/servicePrincipals/${this.#house.api.principalId}/appRoleAssignedTo`)).some((one) => one['principalId'] === principalId && one['appRoleId'] === roles[0]);
    if (!holds) return undefined;
    const end = textAt(recordAt(recordAt(await this.#assignmentOf(principalId, this.#idOf(packageName)) ?? {}, 'schedule'), 'expiration'), 'endDateTime');
    return { endsIn: end === undefined ? undefined : Date.parse(end) - Date.now() };
  }

  async #assignmentOf(targetId: string, packageId: string): Promise<Entity | undefined> {
    const found = await this.#graph.list(`${entitlement}/assignments?${filter(`accessPackage/id eq '${packageId}' and target/objectId eq '${targetId}'`)}`);
    return found.toSorted((one, other) => (one.id < other.id ? -1 : 1)).at(-1);
  }

  get #graph() {
    return this.#house.server.graph;
  }

  get #database() {
    return this.#house.server.database;
  }

  #referenceTo(collection: string, name: string): JsonRecord {
    return { '@odata.id': this.#graph.reference(collection, this.#idOf(name)) };
  }

  async #attempt(who: string, { method, path, body }: { readonly method: string; readonly path: string; readonly body?: JsonRecord }, then: (answer: JsonRecord) => void = () => {}): Promise<Refused> {
    return answered(await this.#caller(who).call(method, path, body === undefined ? {} : { body }), then);
  }

  #caller(who: string): Caller {
    const caller = this.#callers.get(who);
    if (caller === undefined) throw new Error(`'${who}' cannot act`);
    return caller;
  }
}
