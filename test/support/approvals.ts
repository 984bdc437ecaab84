/** Packages that somebody has to approve, the people who do, and their clock: what stories about approvals begin with. */
import { sql } from 'kysely';
import { expect, vi } from 'vitest';
import { entitlement, textOf, type Entity } from '../../cli/client/graph.ts';
import { addResource, addRole, createApi, createCatalog, createPackage, createPerson, type Person } from '../../cli/client/organisation.ts';
import { oneUser, policyBody, requestBody } from '../../cli/client/policies.ts';
import { lifecycleSweep } from '../../src/features/assignments/jobs.ts';
import type { JsonRecord } from '../../src/kernel/json.ts';
import { silentLog } from '../../src/platform/db/log.ts';
import { newId } from '../../src/platform/ids.ts';
import type { MicrosoftGraph } from './microsoft-graph.ts';
import type { TestServer } from './server.ts';

/** Path of the approvals. */
export const approvals = `${entitlement}/accessPackageAssignmentApprovals`;

/** A stage of fourteen days. */
export const stageOf = (primary: readonly JsonRecord[], more: JsonRecord = {}): JsonRecord => ({ durationBeforeAutomaticDenial: 'P14D', primaryApprovers: primary, fallbackPrimaryApprovers: [], ...more });

/** Stages by people. */
export const byPeople = (people: readonly Person[], more: JsonRecord = {}): JsonRecord => stageOf(people.map(({ id }) => oneUser(id)), more);

/** A package with its policy. */
export interface Guarded {
  readonly packageId: string;
  readonly policyId: string;
}

/** A catalog with packages to ask for. */
export class ApprovalDesk {
  readonly server: TestServer;
  readonly catalogId: string;
  readonly #roleOriginId: string;
  readonly #resource: Awaited<ReturnType<typeof addResource>>;
  readonly #callers = new Map<string, Promise<MicrosoftGraph>>();
  readonly #sweep: () => Promise<number>;

  private constructor(server: TestServer, furnished: { readonly catalogId: string; readonly roleOriginId: string; readonly resource: Awaited<ReturnType<typeof addResource>> }) {
    this.server = server;
    this.catalogId = furnished.catalogId;
    this.#roleOriginId = furnished.roleOriginId;
    this.#resource = furnished.resource;
    this.#sweep = lifecycleSweep({ db: server.database.db, clock: { now: () => new Date() }, log: silentLog }).run;
  }

  /** With a catalog of its own. */
  static async open(server: TestServer): Promise<ApprovalDesk> {
    const api = await createApi(server.graph, { name: `API ${newId()}`, roles: ['Read'] });
    const { id: catalogId } = await createCatalog(server.graph, `catalog ${newId()}`);
    const resource = await addResource(server.graph, catalogId, { originSystem: 'AadApplication', originId: api.principalId });
    return new ApprovalDesk(server, { catalogId, resource, roleOriginId: textOf(api.roles, 'Read') });
  }

  /** Somebody new. */
  async person(name: string): Promise<Person> {
    return await createPerson(this.server.graph, `${name} ${newId().slice(-6)}`, this.server.domain);
  }

  /** Graph as somebody, who signs in once. */
  async as(person: Person): Promise<MicrosoftGraph> {
    const caller = this.#callers.get(person.id) ?? this.server.asPerson(person);
    this.#callers.set(person.id, caller);
    return await caller;
  }

  /** Body of a policy with these stages, for members who ask for themselves unless `more` says otherwise. */
  policy(packageId: string, stages: readonly JsonRecord[], more: Parameters<typeof policyBody>[1] = {}): JsonRecord {
    const body = policyBody(packageId, { scope: 'allMemberUsers', requestor: { enableTargetsToSelfAddAccess: true }, ...more });
    return { ...body, requestApprovalSettings: { isApprovalRequiredForAdd: true, isApprovalRequiredForUpdate: false, isRequestorJustificationRequired: false, stages } };
  }

  /** A package with one policy. */
  async guarded(stages: readonly JsonRecord[], more: Parameters<typeof policyBody>[1] = {}): Promise<Guarded> {
    const { graph } = this.server;
    const { id: packageId } = await createPackage(graph, this.catalogId, `package ${newId()}`);
    await addRole(graph, packageId, { resource: this.#resource, roleOriginId: this.#roleOriginId });
    return { packageId, policyId: (await graph.create(`${entitlement}/assignmentPolicies`, this.policy(packageId, stages, more))).id };
  }

  /** Somebody asks, for itself unless it is said for whom. */
  async ask(who: Person, guarded: Guarded, targetId = who.id): Promise<Entity> {
    return await (await this.as(who)).create(`${entitlement}/assignmentRequests`, requestBody('userAdd', { targetId, ...guarded }));
  }

  /** The request as an administrator reads it. */
  async request(id: string): Promise<Entity> {
    return await this.server.graph.read(`${entitlement}/assignmentRequests/${id}`);
  }

  /** The stages, as somebody reads them: an administrator unless it is said who. */
  async stages(id: string, who?: Person): Promise<readonly Entity[]> {
    return await (who === undefined ? this.server.graph : await this.as(who)).list(`${approvals}/${id}/stages`);
  }

  /** Address of the stage that is open. */
  async openStage(id: string): Promise<string> {
    const open = (await this.stages(id)).find(({ status }) => status === 'InProgress');
    return `${approvals}/${id}/stages/${open?.id ?? newId()}`;
  }

  /** Somebody approves, or denies, the stage that is open. */
  async decide(id: string, who: Person, reviewResult: 'Approve' | 'Deny' = 'Approve'): Promise<void> {
    await (await this.as(who)).must('PATCH', await this.openStage(id), { reviewResult, justification: `by ${who.name}` });
  }

  /** The status of the refusal when somebody decides the stage that is open. */
  async refusal(id: string, who: Person, reviewResult: 'Approve' | 'Deny' = 'Approve'): Promise<number> {
    return (await (await this.as(who)).refusal('PATCH', await this.openStage(id), { reviewResult })).status;
  }

  /** Whether the request waits for somebody. */
  async waitsFor(id: string, who: Person): Promise<boolean> {
    return (await (await this.as(who)).list(`${approvals}/filterByCurrentUser(on='approver')`)).some((one) => one.id === id);
  }

  /** Lets a time of the open stage come; what then happens by itself is waited for. */
  async pass(id: string, column: 'due_at' | 'escalates_at' | 'remind_at' | 'recheck_at', happened: () => Promise<void>): Promise<void> {
    await sql`update approval_stages set ${sql.ref(column)} = now() - interval '1 second' where request_id = ${id} and status = 'InProgress'`.execute(this.server.database.owner);
    await this.settle(happened);
  }

  /** Lets everything happen that is due; the server's own sweep may be at it as well. */
  async settle(happened: () => Promise<void>): Promise<void> {
    await vi.waitFor(async () => {
      await this.#sweep();
      await happened();
    }, { timeout: 20_000, interval: 100 });
  }

  /** What the trail says of a request. */
  async trail(id: string): Promise<readonly string[]> {
    const events = await this.server.graph.list(`/auditLogs/directoryAudits?$filter=${encodeURIComponent(`targetResources/any(t:t/id eq '${id}')`)}`);
    return events.map((event) => textOf(event, 'activityDisplayName'));
  }

  /** The state that a request is in. */
  async expectState(id: string, state: string): Promise<void> {
    expect(await this.request(id)).toMatchObject({ state });
  }
}
