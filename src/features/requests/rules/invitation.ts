/** Whether an administrator's request by e-mail brings in somebody who is not in the directory yet, and through which policy. */
import { decideBy, deny, type Decision } from '../../../kernel/decision.ts';
import type { Reason } from '../../../kernel/problem.ts';
import type { OrganizationState, OwnTenant } from '../../organizations/model.ts';
import { partsOfAddress } from '../../organizations/rules/sources.ts';
import type { AllowedTargetScope } from '../../policies/model.ts';
import type { PolicyFacts } from '../model.ts';
import { isInScope, narrowestFirst } from './policy.ts';

/** What decides. `organization` has the domain of the address. */
export interface InvitationFacts {
  readonly email: string;
  readonly own: OwnTenant;
  readonly organization: { readonly id: string; readonly displayName: string; readonly state: OrganizationState } | undefined;
  readonly policies: readonly PolicyFacts[];
  readonly namedPolicyId: string | undefined;
}

/** Who is invited, and the policy that lets it. */
export interface Invitation {
  readonly local: string;
  readonly domain: string;
  readonly policyId: string;
}

/** Scopes that hold people who are not in the directory; without a scope the administrator chooses. Those of the directory are for those in it. */
const forOutsiders: ReadonlySet<AllowedTargetScope> = new Set(['specificConnectedOrganizationUsers', 'allConfiguredConnectedOrganizationUsers', 'allExternalUsers', 'notSpecified']);

/** Decides on the invitation: the domain belongs to a configured organization, or the policy is for any external user. */
export function decideInvitation(facts: InvitationFacts): Decision<Invitation> {
  const parts = partsOfAddress(facts.email);
  if (parts === undefined) return deny({ code: 'invalidEmail', target: field, message: `'${facts.email}' is no mail address. Send one such as name@partner.example.` });
  if (parts.domain === facts.own.domain) return deny({ code: 'ownDomain', target: field, message: `Nobody in this directory is called '${facts.email}', and its own people are not invited. Create the user first.` });
  const fitting = facts.policies.filter((one) => isFor(one, facts)).toSorted(narrowestFirst);
  const [first] = fitting;
  return decideBy(first === undefined ? reasonsAgainst(facts, parts.domain) : [], { ...parts, policyId: first?.policy.id ?? '' });
}

const field = 'assignment/target/email';

function isFor(one: PolicyFacts, { organization, namedPolicyId }: InvitationFacts): boolean {
  const { policy } = one;
  if ((namedPolicyId !== undefined && policy.id !== namedPolicyId) || !forOutsiders.has(policy.allowedTargetScope)) return false;
  if (policy.allowedTargetScope !== 'allExternalUsers' && organization?.state !== 'configured') return false;
  const namesTarget = policy.specificAllowedTargets.some(({ kind, id }) => kind === 'connectedOrganizationMembers' && id === organization?.id);
  return isInScope({ ...one, namesTarget }, { id: '', kind: 'user', displayName: null, isGuest: true, isEnabled: true, organization: organization ?? null });
}

function reasonsAgainst({ organization, namedPolicyId, policies }: InvitationFacts, domain: string): readonly Reason[] {
  const unknown = organization === undefined
    ? { code: 'organizationUnknown', target: field, message: `No connected organization has the domain ${domain}. Add one that is configured, or use a policy for all external users.` }
    : { code: 'organizationNotConfigured', target: field, message: `The connected organization '${organization.displayName}' of ${domain} is only proposed. Set its state to configured, or use a policy for all external users.` };
  const named = policies.find(({ policy }) => policy.id === namedPolicyId);
  return [
    ...(organization?.state === 'configured' ? [] : [unknown]),
    { code: 'noPolicyForOutsiders', target: 'assignment/assignmentPolicyId', message: `${named === undefined ? 'No policy of the package' : `Policy '${named.policy.displayName}' is not one that`} lets people of ${domain} who are not in the directory receive it. Use one for that organization, for all connected organizations or for all external users.` },
  ];
}
