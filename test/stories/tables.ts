/** Stories on the tables of the lives and the pure rules alone: no database, no network, a clock by value. */
import { never } from '../../src/kernel/schedule.ts';
import { ask, cancel, decide, nameSubstitute } from './tables/asking.ts';
import { advance, closeStage, end, escalate, replaceLost } from './tables/lives.ts';
import { isOpen, type RequestRecord } from './tables/records.ts';
import { Refusal, TableState } from './tables/state.ts';
import type { Role } from './people.ts';
import type { Asking, Content, Held, NewIdentity, PolicyPlan, Refused, RequestNow, World } from './world.ts';

/** One story. */
export class TableWorld implements World {
  readonly depth = 'tables';
  readonly #state = new TableState();

  async addIdentity(one: NewIdentity): Promise<void> {
    this.#state.people.add(one);
    await nothing;
  }

  async addGroup(name: string, members: readonly string[]): Promise<void> {
    this.#state.people.addGroup(name, members);
    await nothing;
  }

  async addOrganization(name: string, state: 'configured' | 'proposed'): Promise<void> {
    const { people } = this.#state;
    people.organizations.push({ id: people.name(name), name, state, domain: name, internalSponsors: [], externalSponsors: [] });
    await nothing;
  }

  async setManager(who: string, manager: string): Promise<void> {
    const { people } = this.#state;
    people.change(who, { manager: people.idOf(manager) });
    await nothing;
  }

  async addSponsor(who: string, sponsor: string): Promise<void> {
    const { people } = this.#state;
    people.change(who, { sponsors: [...people.identity(who).sponsors ?? [], people.idOf(sponsor)] });
    await nothing;
  }

  async addOrganizationSponsor(organization: string, sponsor: string, kind: 'internal' | 'external'): Promise<void> {
    this.#state.people.sponsorOrganization(organization, sponsor, kind);
    await nothing;
  }

  async leaveGroup(who: string, group: string): Promise<void> {
    this.#state.people.leave(who, group);
    await nothing;
  }

  async giveRole(who: string, role: Role): Promise<void> {
    this.#state.people.giveRole(who, role);
    await nothing;
  }

  async addPackage(name: string, how: { readonly isPublished: boolean; readonly content: Content }): Promise<void> {
    this.#state.packages.push({ ...how, id: this.#state.people.name(name), name, policies: [], excludes: [], excludedGroups: [] });
    await nothing;
  }

  async excludePackage(name: string, other: string): Promise<void> {
    this.#state.change(name, { excludes: [...this.#state.offered(name).excludes, this.#state.people.idOf(other)] });
    await nothing;
  }

  async excludeGroup(name: string, group: string): Promise<void> {
    this.#state.change(name, { excludedGroups: [...this.#state.offered(name).excludedGroups, this.#state.people.idOf(group)] });
    await nothing;
  }

  async addPolicy(plan: PolicyPlan): Promise<void> {
    this.#state.change(plan.packageName, { policies: [...this.#state.offered(plan.packageName).policies, { id: this.#state.people.name(plan.name), plan }] });
    await nothing;
  }

  async disable(who: string): Promise<void> {
    const { id } = this.#state.people.change(who, { isDisabled: true });
    // What has been approved and begins later stays.
    for (const request of this.#state.requests) if (['submitted', 'pendingApproval'].includes(request.state) && [request.requestorId, request.targetId].includes(id)) advance(this.#state, request, 'cancel');
    replaceLost(this.#state);
    await nothing;
  }

  async remove(who: string): Promise<void> {
    const id = this.#state.people.idOf(who);
    this.#state.people.change(who, { isDeleted: true });
    for (const request of this.#state.requests) if (isOpen(request) && [request.requestorId, request.targetId].includes(id)) advance(this.#state, request, 'cancel');
    replaceLost(this.#state);
    for (const one of this.#state.assignments) if (one.request.targetId === id) end(one);
    await nothing;
  }

  async nameSubstitute(who: string, substitute: string, milliseconds: number): Promise<Refused> {
    return await attempt(() => { nameSubstitute(this.#state, who, { substitute, milliseconds }); });
  }

  async ask(who: string, asking: Asking): Promise<Refused> {
    return await attempt(() => { ask(this.#state, who, asking); });
  }

  async decide(who: string, decision: Parameters<World['decide']>[1]): Promise<Refused> {
    return await attempt(() => { decide(this.#state, { who, request: this.#last }, decision); });
  }

  async cancel(who: string): Promise<Refused> {
    return await attempt(() => { cancel(this.#state, { who, request: this.#last }); });
  }

  /** What is due comes in its order: ends of access, starts, stages that nobody decided. */
  async pass(milliseconds: number): Promise<void> {
    const state = this.#state;
    state.now = new Date(state.now.getTime() + milliseconds);
    for (const one of state.assignments) if (one.endsAt !== never && one.endsAt <= state.now) end(one);
    for (const request of state.requests) {
      if (request.state === 'scheduled' && request.startsAt !== undefined && request.startsAt <= state.now) advance(state, request, 'startReached');
      const waiting = request.stages.find(({ status, escalatesAt }) => status === 'InProgress' && escalatesAt !== undefined && escalatesAt <= state.now);
      if (waiting !== undefined) escalate(state, request, waiting);
      const late = request.stages.find(({ status, dueAt }) => status === 'InProgress' && dueAt !== undefined && dueAt <= state.now);
      if (late === undefined) continue;
      request.codes = ['stageTimedOut'];
      closeStage(state, { request, stage: late, event: 'timeOut' });
    }
    await nothing;
  }

  async request(): Promise<RequestNow> {
    const { state, codes, stages } = this.#last;
    await nothing;
    return { state, codes, stages: stages.map(({ status, approverIds }) => ({ status, approvers: this.#state.people.namesOf(approverIds) })) };
  }

  async held(who: string, packageName: string): Promise<Held | undefined> {
    const { people, now } = this.#state;
    const live = this.#state.liveOf(people.idOf(who), people.idOf(packageName));
    await nothing;
    if (live === undefined) return undefined;
    return { endsIn: live.endsAt === never ? undefined : live.endsAt.getTime() - now.getTime() };
  }

  get #last(): RequestRecord {
    const request = this.#state.requests.at(-1);
    if (request === undefined) throw new Error('nobody has asked for anything');
    return request;
  }
}

/** Worlds are asked asynchronously; this one answers at once. */
const nothing = Promise.resolve();

async function attempt(act: () => void): Promise<Refused> {
  await nothing;
  try {
    act();
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return error.codes;
    throw error;
  }
}
