/** Whether the objects that a policy names exist and are of the right kind. Pure. */
import type { PrincipalKind } from '../../../kernel/caller.ts';
import type { Reason } from '../../../kernel/problem.ts';
import { approverLists, subjectSetIds, type Policy, type SubjectSet, type SubjectSetKind } from '../model.ts';
import type { NamedObject } from './row.ts';
import { ruleKinds } from './targets.ts';

/** Where a policy names somebody, and which types may stand there. */
interface NamedSet {
  readonly set: SubjectSet;
  /** Place of the id in the body, such as `requestApprovalSettings/stages[0]/primaryApprovers[0]/userId`. */
  readonly field: string;
  readonly types: readonly string[];
}

const typesOf: Readonly<Partial<Record<SubjectSetKind, readonly string[]>>> = {
  singleUser: ['user', 'agentUser'], groupMembers: ['group'], singleServicePrincipal: ['servicePrincipal', 'agentIdentity'], connectedOrganizationMembers: ['connectedOrganization'],
};

/** Sets of a policy that name one object. An approver is a person: an agent user cannot be one. */
export function namedSets(policy: Policy): readonly NamedSet[] {
  const at = (list: string, types: Readonly<Partial<Record<SubjectSetKind, readonly string[]>>>) => (set: SubjectSet, index: number): readonly NamedSet[] => {
    const fitting = types[set.kind];
    return fitting === undefined ? [] : [{ set, field: `${list}[${index}]/${subjectSetIds[set.kind] ?? ''}`, types: fitting }];
  };
  const approvers = { ...typesOf, singleUser: ['user'] };
  return [
    ...policy.specificAllowedTargets.flatMap(at('specificAllowedTargets', typesOf)),
    ...policy.requestorSettings.onBehalfRequestors.flatMap(at('requestorSettings/onBehalfRequestors', typesOf)),
    ...policy.requestApprovalSettings.stages.flatMap((stage, nth) =>
      approverLists.flatMap((list) => stage[list].flatMap(at(`requestApprovalSettings/stages[${nth}]/${list}`, approvers)))),
  ];
}

/** Every object that is named and not there, or is of another kind. */
export function namedReasons(policy: Policy, objects: ReadonlyMap<string, NamedObject>): readonly Reason[] {
  return namedSets(policy).flatMap(({ set, field, types }) => {
    const object = objects.get(set.id ?? '');
    if (object === undefined) return [{ code: 'noSuchObject', target: field, message: `${set.kind} names '${set.id ?? ''}', which does not exist. Name one that exists.` }];
    if (types.includes(object.type)) return [];
    return [{ code: 'wrongKind', target: field, message: `${set.kind} names '${set.id ?? ''}', which is of type ${object.type}. Name one of type ${types.join(' or ')}.` }];
  });
}

/** A row of `policy_targets`. */
export interface TargetRow {
  readonly kind: 'user' | 'group' | 'servicePrincipal' | 'connectedOrganization';
  readonly targetId: string;
}

const targetRowKinds: Readonly<Partial<Record<SubjectSetKind, TargetRow['kind']>>> = {
  singleUser: 'user', groupMembers: 'group', singleServicePrincipal: 'servicePrincipal', connectedOrganizationMembers: 'connectedOrganization',
};

/** The named targets as rows, each once. */
export function targetRows(policy: Policy): readonly TargetRow[] {
  const rows = policy.specificAllowedTargets.flatMap(({ kind, id }) => {
    const word = targetRowKinds[kind];
    return word === undefined || id === undefined ? [] : [[`${word}:${id}`, { kind: word, targetId: id }] as const];
  });
  return [...new Map(rows).values()];
}

/** Kinds of the identities that a policy names as targets; members of a named group count as users, of a rule as what it looks at. */
export function namedKinds(policy: Policy, objects: ReadonlyMap<string, NamedObject>): readonly PrincipalKind[] {
  const kinds = policy.specificAllowedTargets.flatMap(({ kind, id, membershipRule }): readonly PrincipalKind[] => {
    if (membershipRule !== undefined) return ruleKinds(membershipRule);
    if (kind === 'groupMembers') return ['user'];
    const type = objects.get(id ?? '')?.type;
    return type === 'user' || type === 'agentUser' || type === 'servicePrincipal' || type === 'agentIdentity' ? [type] : [];
  });
  return [...new Set(kinds)];
}
