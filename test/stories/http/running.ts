/** What runs by itself, over HTTP: the server does it, and a story's own sweep, so as not to wait. */
import { sql } from 'kysely';
import { cast, entitlement, textOf, type Entity, type Graph } from '../../../cli/client/graph.ts';
import { addRole, createPackage, type Origin, type Resource } from '../../../cli/client/organisation.ts';
import { isRecord, numberAt, recordAt, recordsAt, textAt, type JsonRecord } from '../../../src/kernel/json.ts';
import { maybe } from '../../../src/platform/db/transaction.ts';
import { newId } from '../../../src/platform/ids.ts';
import { membership, memberIds } from '../../support/access.ts';
import { Beyond, type Told } from '../../support/beyond.ts';
import type { ProgramAnswer, RetryNow, RuledPlan, Running } from '../running.ts';
import { callbackOf, rulePolicyWire } from '../wire.ts';
import type { Refused } from '../world.ts';
import { answered } from './answers.ts';
import { Caller, type House } from './house.ts';

/** What the world of a story lends. */
export interface Lent {
  readonly house: House;
  readonly idOf: (name: string) => string;
  readonly nameOf: (id: string) => string;
  readonly isAgent: (name: string) => boolean;
  readonly name: (name: string, id: string) => void;
  readonly caller: (who: string) => Caller;
  readonly catalog: () => Promise<string>;
  readonly resource: (catalogId: string, origin: Origin) => Promise<Resource>;
  readonly requestId: () => string;
  /** A request was made: the story goes on about it. */
  readonly remember: (requestId: string) => void;
  readonly assignmentOf: (targetId: string, packageId: string) => Promise<Entity | undefined>;
  readonly domainOf: (organization: string) => string;
}

/** One story's. */
export class HttpRunning implements Running {
  readonly #lent: Lent;
  readonly #beyond: Beyond;
  /** Rules of other stories are still at work on the same server: each story has departments and tags of its own. */
  readonly #mark = newId();
  readonly #ownWord = (word: string): string => `${word} ${this.#mark}`;

  constructor(lent: Lent) {
    this.#lent = lent;
    this.#beyond = new Beyond(lent.house.server.door.base);
  }

  get #graph(): Graph {
    return this.#lent.house.server.graph;
  }

  async settle(): Promise<void> {
    await this.#lent.house.sweep();
  }

  async setDepartment(who: string, department: string | undefined): Promise<void> {
    await this.#graph.must('PATCH', `/users/${this.#lent.idOf(who)}`, { department: department === undefined ? null : this.#ownWord(department) });
  }

  async setTags(who: string, tags: readonly string[]): Promise<void> {
    await this.#graph.must('PATCH', `/servicePrincipals/${this.#lent.idOf(who)}/microsoft.graph.agentIdentity`, { tags: tags.map(this.#ownWord) });
  }

  async addRuledPolicy(plan: RuledPlan): Promise<void> {
    const rule = plan.rule.replace('{blueprint}', this.#lent.house.blueprint.appId).replace(plan.word, this.#ownWord(plan.word));
    const automaticRequestSettings = { requestAccessForAllowedTargets: true, removeAccessWhenTargetLeavesAllowedTargets: true, gracePeriodBeforeAccessRemoval: plan.grace ?? null };
    const made = await this.#graph.create(`${entitlement}/assignmentPolicies`, { ...rulePolicyWire({ ...plan, rule }), accessPackage: { id: this.#lent.idOf(plan.packageName) }, automaticRequestSettings });
    this.#lent.name(plan.name, made.id);
    if (plan.asksFirst) await this.#tell('PATCH', `automaticAssignmentRules/${made.id}`, { body: { removalBrakePercent: 0, removalBrakeMinimum: 1 } });
  }

  async #tell(method: string, path: string, { token, body }: { readonly token?: string; readonly body?: JsonRecord } = {}): Promise<Told> {
    return await this.#beyond.send(method, path, { token: token ?? await this.#lent.house.program(), ...(body === undefined ? {} : { body }) });
  }

  async #heldRunId(policy: string): Promise<string | undefined> {
    const { body } = await this.#tell('GET', `automaticAssignmentRuns?$filter=${encodeURIComponent(`policyId eq ${this.#lent.idOf(policy)}`)}`);
    const found = recordsAt(body, 'value').find((one) => one['state'] === 'held');
    return found === undefined ? undefined : textAt(found, 'id');
  }

  async heldRun(policy: string): Promise<readonly string[] | undefined> {
    const id = await this.#heldRunId(policy);
    if (id === undefined) return undefined;
    return recordsAt((await this.#tell('GET', `automaticAssignmentRuns/${id}/removals`)).body, 'value').map((one) => this.#lent.nameOf(textAt(one, 'targetId') ?? ''));
  }

  async decideRun(who: string, policy: string, how: 'confirm' | 'discard'): Promise<Refused> {
    const { status, body } = await this.#tell('POST', `automaticAssignmentRuns/${await this.#heldRunId(policy) ?? newId()}/${how}`, { token: await this.#lent.caller(who).token() });
    return answered({ status, json: body });
  }

  async statusOf(who: string, packageName: string): Promise<string | undefined> {
    const found = await this.#lent.assignmentOf(this.#lent.idOf(who), this.#lent.idOf(packageName));
    return found === undefined ? undefined : textAt(found, 'status');
  }

  async addPackageOf(name: string, groups: readonly string[]): Promise<void> {
    const { id } = await createPackage(this.#graph, await this.#lent.catalog(), `${name} ${newId()}`);
    this.#lent.name(name, id);
    for (const group of groups) await this.addContent(name, group);
  }

  async addContent(name: string, group: string): Promise<void> {
    const { roles, ...origin } = membership(this.#lent.idOf(group));
    const resource = await this.#lent.resource(await this.#lent.catalog(), origin);
    await addRole(this.#graph, this.#lent.idOf(name), { resource, roleOriginId: roles[0] ?? '' });
  }

  async removeContent(name: string, group: string): Promise<void> {
    const path = `${entitlement}/accessPackages/${this.#lent.idOf(name)}/resourceRoleScopes`;
    const found = (await this.#graph.list(`${path}?$expand=scope`)).find((one) => recordAt(one, 'scope')['originId'] === this.#lent.idOf(group));
    await this.#graph.must('DELETE', `${path}/${found?.id ?? ''}`);
  }

  async setGone(group: string, isGone: boolean): Promise<void> {
    const id = this.#lent.idOf(group);
    if (isGone) await this.#graph.must('DELETE', `/groups/${id}`);
    else await this.#graph.must('POST', `/directory/deletedItems/${id}/restore`, {});
  }

  async isMember(who: string, group: string): Promise<boolean> {
    return (await memberIds(this.#graph, this.#lent.idOf(group))).includes(this.#lent.idOf(who));
  }

  async reprocess(who: string, of?: { readonly packageName: string; readonly target: string }): Promise<Refused> {
    const path = of === undefined
      ? `assignmentRequests/${this.#lent.requestId()}`
      : `assignments/${(await this.#lent.assignmentOf(this.#lent.idOf(of.target), this.#lent.idOf(of.packageName)))?.id ?? newId()}`;
    return answered(await this.#lent.caller(who).call('POST', `${entitlement}/${path}/reprocess`));
  }

  async retry(): Promise<RetryNow | undefined> {
    const told: unknown = (await this.#graph.read(`${entitlement}/assignmentRequests/${this.#lent.requestId()}`))['deliveryRetry'];
    if (!isRecord(told)) return undefined;
    const [last, next] = [textAt(told, 'lastAttemptDateTime'), textAt(told, 'nextAttemptDateTime')];
    return {
      attempts: numberAt(told, 'attemptCount') ?? 0, codes: recordsAt(told, 'reasons').map((one) => textOf({ id: '', ...one }, 'code')),
      pause: last === undefined || next === undefined ? undefined : Date.parse(next) - Date.parse(last),
    };
  }

  /** Which call the request waits for is told to the program alone, and stands in rows. */
  async resume(who: string | undefined, answer: ProgramAnswer): Promise<Refused> {
    const { house, requestId, idOf, caller } = this.#lent;
    const found = await maybe(house.server.database.db, sql<{ id: string | null }>`select waits_for as id from assignment_requests where id = ${requestId()}`);
    const as = who === undefined ? new Caller(house.server.door.base, async () => await house.program()) : caller(who);
    const body = callbackOf(found?.id ?? newId(), answer, idOf);
    return answered(await as.call('POST', `${entitlement}/assignmentRequests/${requestId()}/resume`, { body }));
  }
}

/** Where an identity is disabled and deleted. */
export const pathOf = (id: string, isAgent: boolean): string => (isAgent ? `${cast.agent}/${id}` : `/users/${id}`);
