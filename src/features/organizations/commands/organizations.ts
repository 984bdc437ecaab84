/** Making, changing and removing connected organizations. */
import { sentences } from '../../../kernel/decision.ts';
import { refuse, type Reason } from '../../../kernel/problem.ts';
import { uniqueViolation } from '../../../platform/db/transaction.ts';
import type { GraphWork, Input, Outcome } from '../../../platform/graph/model.ts';
import { newId } from '../../../platform/ids.ts';
import { recordAudit, type AuditedWork } from '../../audit/store.ts';
import { organizationFrom, type Organization } from '../model.ts';
import { governingNeeds, governsTenant, removalReasons } from '../rules/organizations.ts';
import { inWords, marksOf, sourceReasons } from '../rules/sources.ts';
import { deleteOrganization, findUse, insertOrganization, listMarkOwners, loadOwnTenant, lockOrganization, updateOrganization, type Stamp } from '../store/organizations.ts';

/** POST connectedOrganizations. */
export async function createOrganization(work: GraphWork, { body }: Input): Promise<Outcome> {
  demandGoverning(work);
  const organization = organizationFrom(body, { id: newId(), displayName: '', description: null, state: 'configured', identitySources: [] });
  const marks = await checkedMarks(work, organization);
  await keepingMarksApart(insertOrganization(work.tx, { organization, marks }, stampOf(work)));
  await auditOrganization(work, { activity: 'Create connected organization', operation: 'Add', organization, after: shown(organization) });
  return { answer: 'created', id: organization.id };
}

/** PATCH connectedOrganizations/{id}. One that is only proposed any longer stops counting as configured at once; access that was given stays until its end. */
export async function changeOrganization(work: GraphWork, { id, body }: Input): Promise<Outcome> {
  demandGoverning(work);
  const before = await lockOrganization(work.tx, id) ?? refuse('notFound', { value: id });
  const organization = organizationFrom(body, before);
  const marks = await checkedMarks(work, organization);
  await keepingMarksApart(updateOrganization(work.tx, { organization, marks }, stampOf(work)));
  await auditOrganization(work, { activity: 'Update connected organization', operation: 'Update', organization, before: shown(before), after: shown(organization) });
  return { answer: 'entity', id };
}

/** DELETE connectedOrganizations/{id}: not while policies name it or its people have access. */
export async function removeOrganization(work: GraphWork, { id }: Input): Promise<Outcome> {
  demandGoverning(work);
  const organization = await lockOrganization(work.tx, id) ?? refuse('notFound', { value: id });
  const reasons = removalReasons(await findUse(work.tx, id));
  if (reasons.length > 0) refuse('conflict', { reason: sentences(reasons) }, reasons);
  await deleteOrganization(work.tx, id);
  await auditOrganization(work, { activity: 'Delete connected organization', operation: 'Delete', organization, before: shown(organization) });
  return { answer: 'done' };
}

/** Ends the work of a caller that does not govern what belongs to no catalog. */
export function demandGoverning(work: Pick<GraphWork, 'caller'>): void {
  if (!governsTenant(work.caller)) refuse('forbidden', { reason: governingNeeds });
}

/** Who writes, for a row. */
export const stampOf = ({ now, caller }: AuditedWork): Stamp => ({ now, by: caller?.userPrincipalName ?? caller?.displayName ?? null });

async function checkedMarks(work: GraphWork, { id, identitySources }: Organization): Promise<readonly string[]> {
  const marks = identitySources.flatMap(marksOf);
  const taken = (await listMarkOwners(work.tx, marks)).filter((owner) => owner.id !== id);
  const reasons: readonly Reason[] = [
    ...sourceReasons(identitySources, await loadOwnTenant(work.tx)),
    ...taken.map(({ mark, displayName }) => ({ code: 'sourceTaken', target: 'identitySources', message: `The ${inWords(mark)} belongs to the connected organization '${displayName}'. Take it out of that one first.` })),
  ];
  const [first] = reasons;
  if (first !== undefined) refuse(taken.length > 0 ? 'conflict' : 'ruleBroken', { field: first.target ?? 'identitySources', reason: sentences(reasons) }, reasons);
  return marks;
}

/** Two that take the same source at the same moment: the second is told. */
async function keepingMarksApart(write: Promise<void>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (uniqueViolation(error) === 'organization_marks_pkey') refuse('conflict', { field: 'identitySources', reason: 'Another connected organization has just taken one of these identity sources. Read the organizations again.' });
    throw error;
  }
}

const shown = ({ id: _, ...organization }: Organization): Readonly<Record<string, unknown>> => organization;

/** What the trail says of an organization. */
export interface OrganizationChange {
  readonly activity: string;
  readonly operation: 'Add' | 'Update' | 'Delete' | 'Assign' | 'Unassign';
  readonly organization: Pick<Organization, 'id' | 'displayName'>;
  readonly before?: Readonly<Record<string, unknown>>;
  readonly after?: Readonly<Record<string, unknown>>;
  readonly why?: string;
}

/** Records what was done to an organization. */
export async function auditOrganization(work: AuditedWork & Pick<GraphWork, 'tx'>, { activity, operation, organization, why, ...values }: OrganizationChange): Promise<void> {
  await recordAudit(work.tx, work, {
    activity, operation, category: 'EntitlementManagement', ...(why === undefined ? {} : { why }),
    targets: [{ id: organization.id, type: 'ConnectedOrganization', displayName: organization.displayName, ...values }],
  });
}
