/** Whether an approver may name a substitute, and whom it may see and set substitutes of. Pure. */
import type { Caller } from '../../kernel/caller.ts';
import { decideBy, type Decision } from '../../kernel/decision.ts';
import { type JsonRecord, recordAt, textAt } from '../../kernel/json.ts';
import type { Reason } from '../../kernel/problem.ts';
import { endOf, instantOf, never, type End, type Expiration, type Schedule } from '../../kernel/schedule.ts';
import { entitlementReach, governsEntitlement, isPerson } from '../roles/rules.ts';
import { delegateKinds, type DelegateKind, type DelegateObject, type Delegation } from './model.ts';

/** Whose substitutes a caller sees or sets: everybody's, its own, or nobody's. Only people: no program chooses who decides (Graph: application permissions are not supported). */
export function delegationReach(caller: Caller, wish: 'read' | 'write'): 'all' | 'own' | 'none' {
  if (!isPerson(caller)) return 'none';
  if (wish === 'read' ? entitlementReach(caller, 'readAssignments').all : governsEntitlement(caller)) return 'all';
  const permissions = ['EntitlementManagement.ReadWrite.All', 'EntitlementMgmt-SubjectAccess.ReadWrite', ...(wish === 'read' ? ['EntitlementManagement.Read.All'] : [])];
  return permissions.some((name) => caller.permissions.has(name)) ? 'own' : 'none';
}

/** Whom a body names; undefined when it names nobody. */
export function namedDelegate(body: JsonRecord): { readonly kind: DelegateKind; readonly id: string } | undefined {
  const delegate = recordAt(body, 'delegate');
  const type = textAt(delegate, '@odata.type')?.toLowerCase();
  const kind = delegateKinds.find((one) => type === `#microsoft.graph.${one}`.toLowerCase());
  const id = textAt(delegate, 'id') ?? textAt(delegate, kind === 'singleUser' ? 'userId' : 'groupId');
  return kind === undefined || id === undefined ? undefined : { kind, id };
}

/** What decides. `found`: what the body names; undefined: nothing that is there. */
export interface DelegationFacts {
  readonly principalId: string;
  readonly found: DelegateObject | undefined;
}

/** The delegation that a body describes, or every reason against it. An end that has passed is none: it is how a delegation is stopped. */
export function decideDelegation(body: JsonRecord, { principalId, found }: DelegationFacts, now: Date): Decision<Delegation> {
  const named = namedDelegate(body);
  const schedule = scheduleOf(recordAt(body, 'schedule'));
  const startsAt = instantOf(schedule.startDateTime) ?? now;
  const endsAt = endOf(schedule.expiration, startsAt) ?? never;
  const reasons = [...delegateReasons(named, { principalId, found }), ...scheduleReasons(recordAt(body, 'schedule'), { startsAt, endsAt }, now)];
  return decideBy(reasons, { kind: named?.kind ?? 'singleUser', delegateId: named?.id ?? '', schedule, startsAt, endsAt });
}

function scheduleOf(json: JsonRecord): Schedule {
  const expiration = recordAt(json, 'expiration');
  const types = ['noExpiration', 'afterDateTime', 'afterDuration', 'notSpecified'] as const;
  const type: Expiration['type'] = types.find((one) => one === expiration['type']) ?? 'notSpecified';
  return {
    startDateTime: textAt(json, 'startDateTime') ?? null,
    expiration: { type, endDateTime: type === 'afterDateTime' ? textAt(expiration, 'endDateTime') ?? null : null, duration: type === 'afterDuration' ? textAt(expiration, 'duration') ?? null : null },
  };
}

const because = (is: boolean, reason: Reason): readonly Reason[] => (is ? [reason] : []);

function delegateReasons(named: ReturnType<typeof namedDelegate>, { principalId, found }: DelegationFacts): readonly Reason[] {
  const target = 'delegate/id';
  if (named === undefined) return [{ code: 'noDelegate', target, message: 'The delegation names nobody. Send a delegate of type #microsoft.graph.singleUser or #microsoft.graph.groupMembers with an id.' }];
  if (named.id === principalId) return [{ code: 'ownDelegate', target, message: 'Nobody stands in for themselves. Name somebody else.' }];
  if (named.kind === 'groupMembers') return because(found?.type !== 'group', { code: 'noSuchGroup', target, message: `There is no group '${named.id}'. Name one that exists.` });
  if (found === undefined) return [{ code: 'noSuchUser', target, message: `There is no user '${named.id}'. Name one that exists.` }];
  return [
    ...because(found.type !== 'user', { code: 'onlyPeopleDecide', target, message: 'Only a person can stand in for an approver. Agents and applications cannot decide.' }),
    ...because(found.type === 'user' && !found.isEnabled, { code: 'delegateDisabled', target, message: `'${found.displayName ?? named.id}' is disabled. Name somebody who can sign in.` }),
    ...because(found.isGuestWithoutRights, { code: 'guestWithoutRights', target, message: `'${found.displayName ?? named.id}' is a guest who answers for nothing here. Name a member, or a guest who sponsors a connected organization or holds a role in entitlement management.` }),
  ];
}

function scheduleReasons(json: JsonRecord, { startsAt, endsAt }: { readonly startsAt: Date; readonly endsAt: End }, now: Date): readonly Reason[] {
  const expiration = recordAt(json, 'expiration');
  const isWithout = (type: string, key: string): boolean => expiration['type'] === type && textAt(expiration, key) === undefined;
  return [
    ...because(json['recurrence'] !== undefined && json['recurrence'] !== null, { code: 'recurrence', target: 'schedule/recurrence', message: 'A delegation does not recur. Name a start and an end.' }),
    ...because(isWithout('afterDateTime', 'endDateTime'), { code: 'noEnd', target: 'schedule/expiration/endDateTime', message: 'An expiration afterDateTime needs an endDateTime.' }),
    ...because(isWithout('afterDuration', 'duration'), { code: 'noEnd', target: 'schedule/expiration/duration', message: 'An expiration afterDuration needs a duration, such as P14D.' }),
    ...because(endsAt !== never && endsAt > now && endsAt <= startsAt, { code: 'endBeforeStart', target: 'schedule/expiration', message: 'The delegation would end before it begins. Name a later end.' }),
  ];
}
