/** Explains why an identity holds a role, or why it does not, and which packages would give it. */
import type { JsonRecord } from '../../../kernel/json.ts';
import type { Reason } from '../../../kernel/problem.ts';
import type { PackagePlace } from '../../roles/rules.ts';
import { longestTokenSeconds, type AssignmentSource, type GrantSource, type MendedReason, type RoleFacts, type Trace } from '../model.ts';
import { mend } from './mends.ts';

/** What the rules said of one package that gives the role. */
export interface Candidate {
  readonly id: string;
  readonly displayName: string;
  readonly explanation: JsonRecord;
}

/**
 * What is known and who is told. `reads`: whether the caller may know of what a package gives by a policy; `isWholeTold`: also of
 * what no package gives. Who governs only a package or a policy that gives the role is told of what comes from there, and how much does not.
 */
export interface RoleTelling {
  readonly known: RoleFacts;
  readonly candidates: readonly Candidate[];
  readonly reads: (place: PackagePlace) => boolean;
  readonly isWholeTold: boolean;
}

/** The whole explanation. */
export function explainRole({ known, candidates, reads, isWholeTold }: RoleTelling, now: Date): JsonRecord {
  const isHeld = known.sources.length > 0;
  const traces = known.traces.filter(({ catalogId, accessPackage, policyId }) => reads({ catalogId, accessPackageId: accessPackage.id, policyId: policyId ?? undefined }));
  const sources = known.sources.filter(({ assignments }) => isWholeTold || assignments.some((one) => reads(placeOf(one))));
  const ended = traces.filter(({ kind }) => kind === 'ended');
  return {
    principal: known.principal, resource: known.resource, roles: known.roles.map(({ kind, permissionId, value }) => ({ kind, permissionId, value })),
    isHeld, sources: sources.map((source) => sourceOf(source, reads)), hiddenSourceCount: known.sources.length - sources.length,
    reasons: [...blocks(known), ...(isHeld ? [] : [...traces.filter(({ kind }) => kind !== 'ended').map(onItsWay), ...missing(ended)])],
    tokenAdvice: sources.length > 0 ? adviceOn(sources, now) : null,
    packages: candidates.map(({ id, displayName, explanation }) => ({ accessPackage: { id, displayName, kind: 'accessPackage' }, isAllowed: explanation['isAllowed'], isApprovalRequired: explanation['isApprovalRequired'], policy: explanation['policy'], reasons: explanation['reasons'] })),
    ended: ended.map((trace) => ({ assignmentId: trace.id, accessPackage: trace.accessPackage, endedDateTime: trace.at, cause: causeOf(trace), by: trace.by, justification: trace.why })),
  };
}

/** Who is told of an assignment behind a role in a catalog that it does not read: that there is one. */
function sourceOf(source: GrantSource, reads: RoleTelling['reads']): JsonRecord {
  const told = source.assignments.filter((one) => reads(placeOf(one)));
  return {
    kind: source.via === null ? (source.assignments.length > 0 ? 'assignment' : 'standing') : source.via.kind === 'group' ? 'group' : 'blueprint',
    grantId: source.grantId, grantKind: source.kind, isStanding: source.isStanding, via: source.via, sinceDateTime: source.since, endDateTime: source.isStanding ? null : source.endsAt,
    assignments: told.map(assignmentOf), hiddenAssignmentCount: source.assignments.length - told.length,
  };
}

const placeOf = ({ catalogId, accessPackage, policy }: AssignmentSource): PackagePlace => ({ catalogId, accessPackageId: accessPackage.id, policyId: policy.id });

const assignmentOf = ({ id, state, startsAt, endsAt, accessPackage, policy, request }: AssignmentSource): JsonRecord => ({
  id, state, startDateTime: startsAt, endDateTime: endsAt, accessPackage, policy,
  request: request === null ? null : {
    id: request.id, requestType: request.requestType, createdDateTime: request.createdAt, justification: request.justification, requestor: request.requestor,
    approvals: request.approvals.map(({ position, result, at, justification, reviewer }) => ({ position, result, reviewedDateTime: at, justification, reviewer })),
  },
});

/** What keeps a role from being of use, or from being given, whether or not it is held. */
function blocks({ principal, resource, roles }: RoleFacts): readonly MendedReason[] {
  const off = (code: string, what: string, target: { readonly id: string; readonly type: string }): MendedReason =>
    ({ code, target: target.id, message: `${what} is disabled: no token carries the role.`, mends: [mend('enable', `Enable ${what}.`, target)] });
  return [
    ...(principal?.isEnabled === false ? [off('principalDisabled', `'${principal.displayName ?? principal.id}'`, { id: principal.id, type: principal.kind })] : []),
    ...(resource?.isEnabled === false ? [off('resourceDisabled', `'${resource.displayName ?? resource.id}'`, { id: resource.id, type: resource.kind })] : []),
    ...roles.filter(({ isEnabled }) => !isEnabled).map(({ permissionId, value }) => off('roleDisabled', `Role '${value ?? permissionId}'`, { id: permissionId, type: 'appRole' })),
  ];
}

/** Why something that would give the role has not: it waits, or the delivery failed. */
function onItsWay({ kind, id, state, status, accessPackage, failures }: Trace): MendedReason {
  const name = accessPackage.displayName ?? accessPackage.id;
  if (kind === 'requested') {
    return { code: 'requestOpen', target: id, message: `Request '${id}' for '${name}' is still ${state} (${status}).`, mends: [mend('awaitRequest', `Wait for request '${id}', or ask those who decide it.`, { id, type: 'accessPackageAssignmentRequest' })] };
  }
  const why = failures.map(({ message }: Reason) => message).join(' ');
  return { code: 'notDelivered', target: id, message: `Assignment '${id}' of '${name}' is in force, but has not delivered the role${why === '' ? '.' : `: ${why}`}`, mends: [mend('reprocess', `Mend what is wrong, then reprocess assignment '${id}'.`, { id, type: 'accessPackageAssignment' })] };
}

/** Nothing gives the role now; `last` first if something did. */
function missing([last]: readonly Trace[]): readonly MendedReason[] {
  if (last === undefined) return [{ code: 'notGiven', message: 'Nothing gives the role: no assignment in force, no group, no standing grant.', mends: [mend('askForPackage', 'Ask for one of the packages that give it: see packages.')] }];
  return [{
    code: causeOf(last) === 'removed' ? 'assignmentRemoved' : 'assignmentExpired', target: last.id,
    message: `The last assignment that gave it, of '${last.accessPackage.displayName ?? last.accessPackage.id}', ${causeOf(last) === 'removed' ? 'was removed' : 'ran out'} at ${new Date(last.at).toISOString()}.`,
    mends: [mend('askAgain', 'Ask for the package again.', { id: last.accessPackage.id, type: 'accessPackage' })],
  }];
}

/** How an assignment ended: by its own end, or by somebody. */
export const causeOf = ({ status }: Pick<Trace, 'status'>): 'removed' | 'expired' => (status === 'Removed' ? 'removed' : 'expired');

/** A token that was made before the role was given does not have it. */
function adviceOn(sources: readonly GrantSource[], now: Date): string | null {
  const oldest = Math.min(...sources.map(({ since }) => new Date(since).getTime()));
  if (now.getTime() - oldest >= longestTokenSeconds * 1000) return null;
  return `The role was given at ${new Date(oldest).toISOString()}. A token made before that does not have it, and may live until ${new Date(oldest + longestTokenSeconds * 1000).toISOString()}: get a new one.`;
}
