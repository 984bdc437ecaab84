/** What can be seen over HTTP only. */
import { entitlement, filter, type Graph } from '../../../cli/client/graph.ts';
import { send } from '../../../cli/client/http.ts';
import { policyBody } from '../../../cli/client/policies.ts';
import { entitlementRole } from '../../../src/features/roles/model.ts';
import { textAt } from '../../../src/kernel/json.ts';
import type { OneThing, RoleOnOne, Served } from '../served.ts';
import type { Refused } from '../world.ts';
import { answered } from './answers.ts';
import type { Lent } from './running.ts';

const roles: Readonly<Record<RoleOnOne, string>> = { 'access package manager': entitlementRole.accessPackageManager, 'assignment manager': entitlementRole.assignmentManager, reader: entitlementRole.catalogReader };
const scopes: Readonly<Record<OneThing, string>> = { 'access package': 'AccessPackage', policy: 'AssignmentPolicy' };
const lists: Readonly<Record<OneThing, string>> = { 'access package': 'accessPackages', policy: 'assignmentPolicies' };

/** One story's. */
export class HttpServed implements Served {
  readonly answers: string[] = [];
  readonly #lent: Lent;

  constructor(lent: Lent) {
    this.#lent = lent;
  }

  get #graph(): Graph {
    return this.#lent.house.server.graph;
  }

  async giveRoleOn(who: string, role: RoleOnOne, { kind, name }: { readonly kind: OneThing; readonly name: string }): Promise<void> {
    const body = { principalId: this.#lent.idOf(who), roleDefinitionId: roles[role], directoryScopeId: '/', appScopeId: `/${scopes[kind]}/${this.#lent.idOf(name)}` };
    await this.#graph.create('/roleManagement/entitlementManagement/roleAssignments', body);
  }

  async shown(who: string, kind: OneThing): Promise<readonly string[]> {
    const ids = (await this.#lent.caller(who).list(`${entitlement}/${lists[kind]}`)).map(({ id }) => id);
    // Of other stories whoever was borrowed may see something as well: their names are not known here.
    return ids.map(this.#lent.nameOf).filter((name) => !ids.includes(name));
  }

  async describe(who: string, name: string): Promise<Refused> {
    return answered(await this.#lent.caller(who).call('PATCH', `${entitlement}/accessPackages/${this.#lent.idOf(name)}`, { body: { description: 'written anew' } }));
  }

  async rewrite(who: string, policy: string, packageName: string): Promise<Refused> {
    return answered(await this.#lent.caller(who).call('PUT', `${entitlement}/assignmentPolicies/${this.#lent.idOf(policy)}`, { body: policyBody(this.#lent.idOf(packageName), { displayName: policy }) }));
  }

  async invite(who: string, { name, domain, packageName }: { readonly name: string; readonly domain: string; readonly packageName: string }): Promise<Refused> {
    const body = { requestType: 'adminAdd', assignment: { target: { email: `${name}@${domain}` }, accessPackageId: this.#lent.idOf(packageName) } };
    const refused = answered(await this.#lent.caller(who).call('POST', `${entitlement}/assignmentRequests`, { body }), (made) => { this.#lent.remember(textAt(made, 'id') ?? ''); });
    const [guest] = await this.#guests(name, domain);
    if (refused === undefined && guest !== undefined) this.#lent.name(name, guest);
    return refused;
  }

  async isKnown({ name, domain }: { readonly name: string; readonly domain: string }): Promise<boolean> {
    return (await this.#guests(name, domain)).length > 0;
  }

  async #guests(name: string, domain: string): Promise<readonly string[]> {
    return (await this.#graph.list(`/users?${filter(`mail eq '${name}@${domain}'`)}`)).map(({ id }) => id);
  }

  domainOf(organization: string): string {
    return this.#lent.domainOf(organization);
  }

  async askAgain(who: string, packageName: string, key: string): Promise<Refused> {
    const caller = this.#lent.caller(who);
    const body = { requestType: 'userAdd', assignment: { accessPackageId: this.#lent.idOf(packageName) } };
    // Keys are the service's, not the story's: another story may say the same word.
    const headers = { 'idempotency-key': `${key}-${this.#lent.idOf(packageName)}` };
    return answered(await send('POST', `${caller.base}/v1.0${entitlement}/assignmentRequests`, { token: await caller.token(), body, headers }), (made) => { this.answers.push(textAt(made, 'id') ?? ''); });
  }

  async requestCount(who: string, packageName: string): Promise<number> {
    return (await this.#graph.list(`${entitlement}/assignmentRequests?${filter(`accessPackage/id eq '${this.#lent.idOf(packageName)}' and requestor/objectId eq '${this.#lent.idOf(who)}'`)}`)).length;
  }
}
