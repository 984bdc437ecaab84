/** Who answers for a connected organization: people of this directory, and people of its own. */
import { sentences } from '../../../kernel/decision.ts';
import { textAt } from '../../../kernel/json.ts';
import { refuse } from '../../../kernel/problem.ts';
import type { Command, GraphWork, Input } from '../../../platform/graph/model.ts';
import type { Organization, SponsorKind } from '../model.ts';
import { sponsorReasons } from '../rules/organizations.ts';
import { lockOrganization } from '../store/organizations.ts';
import { deleteSponsor, findSponsorCandidate, insertSponsor } from '../store/sponsors.ts';
import { auditOrganization, demandGoverning } from './organizations.ts';

/** POST internalSponsors/$ref and externalSponsors/$ref. */
export const addSponsor = (kind: SponsorKind): Command => async (work, input) => {
  const { organization, sponsorId } = await named(work, input);
  const candidate = await findSponsorCandidate(work.tx, sponsorId) ?? refuse('danglingReference', { field: '@odata.id', value: sponsorId });
  const reasons = sponsorReasons(candidate, kind, organization.id);
  if (reasons.length > 0) refuse('ruleBroken', { field: '@odata.id', reason: sentences(reasons) }, reasons);
  if (!await insertSponsor(work.tx, { organizationId: organization.id, kind, sponsorId })) {
    refuse('ruleBroken', { field: `${kind}Sponsors`, reason: `One or more added object references already exist for the following modified properties: '${kind}Sponsors'. Nothing is left to do.` });
  }
  await auditOrganization(work, { activity: `Add ${kind} sponsor to connected organization`, operation: 'Assign', organization, after: { sponsor: sponsorId, displayName: candidate.displayName } });
  return { answer: 'done' };
};

/** DELETE internalSponsors/{id}/$ref and externalSponsors/{id}/$ref. */
export const removeSponsor = (kind: SponsorKind): Command => async (work, input) => {
  const { organization, sponsorId } = await named(work, input);
  if (!await deleteSponsor(work.tx, { organizationId: organization.id, kind, sponsorId })) refuse('notFound', { value: sponsorId });
  await auditOrganization(work, { activity: `Remove ${kind} sponsor from connected organization`, operation: 'Unassign', organization, before: { sponsor: sponsorId } });
  return { answer: 'done' };
};

async function named(work: GraphWork, { id, body }: Input): Promise<{ readonly organization: Organization; readonly sponsorId: string }> {
  demandGoverning(work);
  const organization = await lockOrganization(work.tx, id) ?? refuse('notFound', { value: id });
  const sponsorId = textAt(body, 'id')?.toLowerCase() ?? refuse('missingProperty', { field: '@odata.id', mend: 'Send the address of a user or a group.' });
  return { organization, sponsorId };
}
