/** Bringing somebody in whom an administrator names by e-mail and whom the directory does not know yet. */
import { refuse } from '../../../kernel/problem.ts';
import { inviteExternalUser } from '../../organizations/commands/external-users.ts';
import { partsOfAddress } from '../../organizations/rules/sources.ts';
import { listMarkOwners, loadOwnTenant } from '../../organizations/store/organizations.ts';
import { reachesPackage } from '../../roles/rules.ts';
import type { Asked } from '../model.ts';
import { decideInvitation } from '../rules/invitation.ts';
import type { Found, Named } from '../store/facts.ts';
import { answerRefusal } from './refusal.ts';
import type { AskingWork } from '../store/writing.ts';

/** Whether the request is for somebody who is to be invited: by an administrator of the package, by e-mail, and not in the directory. */
export const isInvitation = ({ caller }: AskingWork, { asked, named }: { readonly asked: Asked; readonly named: Named }, { target, accessPackage }: Found): boolean =>
  asked.type === 'adminAdd' && named.targetId === undefined && named.targetEmail !== undefined && target === undefined
  && accessPackage !== undefined && reachesPackage(caller, 'manageAssignments', { catalogId: accessPackage.catalogId, accessPackageId: accessPackage.id, policyId: named.policyId });

/** Invites whoever is named and answers what the request is about then. Refused with every reason; a request that is refused later takes the guest with it. */
export async function inviteTarget(work: AskingWork, named: Named, { policies }: Found): Promise<Named> {
  const { targetEmail: email = '', policyId, ...rest } = named;
  const own = await loadOwnTenant(work.tx);
  const [organization] = await listMarkOwners(work.tx, [`domain:${partsOfAddress(email)?.domain ?? ''}`]);
  if (policyId !== undefined && policies.every(({ policy }) => policy.id !== policyId)) return refuse('danglingReference', { field: 'assignment/assignmentPolicyId', value: policyId });
  const decision = decideInvitation({ email, own, organization, policies, namedPolicyId: policyId });
  if (!decision.ok) return answerRefusal(decision.reasons);
  const { local, domain } = decision.value;
  return { ...rest, policyId: decision.value.policyId, targetId: await inviteExternalUser(work, { local, domain, tenantDomain: own.domain }) };
}
