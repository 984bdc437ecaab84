/** Facts about a request as the rules see them, without a database: somebody asks for itself, under one policy that lets it. */
import type { JsonRecord } from '../../src/kernel/json.ts';
import { parsePolicy } from '../../src/features/policies/model.ts';
import type { Facts, PolicyFacts, Target } from '../../src/features/requests/model.ts';

/** Now, in these tests. */
export const now = new Date('2030-01-15T12:00:00.000Z');

/** A person who is a member. */
export const ann: Target = { id: 'ann', kind: 'user', displayName: 'Ann', isGuest: false, organization: null, isEnabled: true };

/** A policy for all users that lets targets do everything for themselves, as columns where it differs. */
export const policyOf = (columns: JsonRecord = {}, seen: Partial<Omit<PolicyFacts, 'policy'>> = {}): PolicyFacts => ({
  policy: parsePolicy({
    id: 'policy', access_package_id: 'package', display_name: 'P', allowed_target_scope: 'allDirectoryUsers', expiration: { type: 'noExpiration' },
    requestor_settings: { enableTargetsToSelfAddAccess: true, enableTargetsToSelfUpdateAccess: true, enableTargetsToSelfRemoveAccess: true, allowCustomAssignmentSchedule: true }, ...columns,
  }),
  namesTarget: false, isOnBehalf: false, extensions: [], stages: [], ...seen,
});

/** Ann asks for herself; nothing stands in the way. */
export const factsOf = (more: Partial<Omit<Facts, 'asked'>> & { readonly asked?: Partial<Facts['asked']> } = {}): Facts => ({
  callerId: 'ann', isAdmin: false, isApprover: false, accessPackage: { id: 'package', displayName: 'Package', catalogId: 'catalog', isPublished: true }, target: ann, policies: [policyOf()],
  namedPolicyId: undefined, live: undefined, overdueId: undefined, openRequestId: undefined, incompatible: [], roles: [], ...more,
  asked: { type: 'userAdd', justification: null, answers: [], schedule: {}, ...more.asked },
});
