/** App roles given and taken by hand (Graph: appRoleAssignment). */
import { sentences } from '../../../kernel/decision.ts';
import { refuse } from '../../../kernel/problem.ts';
import type { Command, GraphWork, Input } from '../../../platform/graph/model.ts';
import { recordAudit } from '../../audit/store.ts';
import { settled } from '../../directory/commands/settle.ts';
import { requiredText } from '../../directory/model/given.ts';
import { canGrantAppRoles, decideAppRoleGrant, decideGrantRemoval, defaultAccess } from '../rules/manual-grants.ts';
import { opaqueId, uuidsIn } from '../rules/opaque-ids.ts';
import { settleGrants } from '../store/delivery.ts';
import { findAppRole, grantByHand, listGrantEnds, listSources, lockAppRoleGrant, releaseByHand, type GrantEnd } from '../store/manual.ts';

const noRight = 'Giving and taking app roles needs AppRoleAssignment.ReadWrite.All; a person needs an administrator role too, and for roles of this server\'s own API the role Global Administrator.';

/** Gives an app role to a user, group or service principal; the path names one end of it. */
export const createAppRoleAssignment: Command = async (work, input) => {
  const { principalId, resourceId } = endsNamed(input);
  const appRoleId = requiredText(input.body, 'appRoleId').toLowerCase();
  if (!canGrantAppRoles(work.caller, '')) refuse('forbidden', { reason: noRight });
  const { principal, resource } = await endsOf(work, principalId, resourceId);
  if (!canGrantAppRoles(work.caller, resource.appId)) refuse('forbidden', { reason: noRight });
  const role = appRoleId === defaultAccess ? 'default' : await findAppRole(work.tx, resource.appId, appRoleId);
  settled(decideAppRoleGrant(principal.type, role, resource));
  const [granted] = await grantByHand(work.tx, [{ kind: 'appRole', principalId, resourceId, permissionId: appRoleId, subjectId: defaultAccess }], work.now);
  if (granted === undefined) return refuse('conflict', { reason: 'Permission being assigned already exists on the object. Nothing is left to do.', field: 'appRoleId' });
  const value = typeof role === 'object' ? role.value : null;
  await auditGrant(work, { activity: 'Add app role assignment', operation: 'Assign', principal, resource }, { after: { appRoleId, value } });
  return { answer: 'created', id: opaqueId(granted) };
};

/** Both ends as the body names them, which must agree with the path. */
function endsNamed({ ancestors, body }: Input): { readonly principalId: string; readonly resourceId: string } {
  const from = ancestors.at(-1);
  const isResource = from?.navigation?.toLowerCase() === 'approleassignedto';
  const named = { principalId: requiredText(body, 'principalId').toLowerCase(), resourceId: requiredText(body, 'resourceId').toLowerCase() };
  const field = isResource ? 'resourceId' : 'principalId';
  if (from !== undefined && named[field] !== from.id) refuse('ruleBroken', { field, reason: `'${field}' must be ${from.id}, the object in the address. Correct one of them.` });
  return named;
}

async function endsOf(work: GraphWork, principalId: string, resourceId: string): Promise<{ readonly principal: GrantEnd; readonly resource: GrantEnd & { readonly appId: string } }> {
  const ends = await listGrantEnds(work.tx, [principalId, resourceId]);
  const principal = ends.find((end) => end.id === principalId);
  if (principal === undefined) return refuse('danglingReference', { field: 'principalId', value: principalId });
  const resource = ends.find((end) => end.id === resourceId);
  const isApi = resource?.type === 'servicePrincipal' || resource?.type === 'agentIdentityBlueprintPrincipal';
  if (resource === undefined || !isApi || resource.appId === null) return refuse('danglingReference', { field: 'resourceId', value: resourceId });
  return { principal, resource: { ...resource, appId: resource.appId } };
}

/** Takes away what was given by hand; what packages give as well stays until the last of their assignments ends. */
export const deleteAppRoleAssignment: Command = async (work, input) => {
  const [grantId] = uuidsIn(input.id);
  const grant = grantId === undefined ? undefined : await lockAppRoleGrant(work.tx, grantId);
  if (grant === undefined) return refuse('notFound', { value: input.id });
  if (!canGrantAppRoles(work.caller, grant.resourceAppId)) refuse('forbidden', { reason: noRight });
  const sources = await listSources(work.tx, [grant.id]);
  const decision = decideGrantRemoval([{ isManual: grant.isManual, assignmentIds: sources.map((source) => source.assignmentId) }]);
  if (!decision.ok) refuse('conflict', { reason: sentences(decision.reasons) }, decision.reasons);
  await releaseByHand(work.tx, [grant.id]);
  await settleGrants(work.tx, [grant.id]);
  const [principal, resource] = [grant.principalId, grant.resourceId].map((id) => ({ id, type: '', displayName: null }));
  if (principal === undefined || resource === undefined) throw new Error('a grant has two ends');
  await auditGrant(work, { activity: 'Remove app role assignment', operation: 'Unassign', principal, resource }, { before: { appRoleId: grant.permissionId, value: grant.value } });
  return { answer: 'done' };
};

interface GrantEvent {
  readonly activity: string;
  readonly operation: 'Assign' | 'Unassign' | 'Update';
  readonly principal: Pick<GrantEnd, 'id' | 'type' | 'displayName'>;
  readonly resource: Pick<GrantEnd, 'id' | 'displayName'>;
}

/** Writes the audit event of a grant: both ends are its targets. */
export async function auditGrant(work: GraphWork, event: GrantEvent, values: { readonly before?: Record<string, unknown>; readonly after?: Record<string, unknown> }): Promise<void> {
  const { principal, resource } = event;
  const word = principal.type === 'group' ? 'Group' : principal.type === 'user' || principal.type === 'agentUser' ? 'User' : principal.type === '' ? 'DirectoryObject' : 'ServicePrincipal';
  await recordAudit(work.tx, work, {
    activity: event.activity, category: 'ApplicationManagement', operation: event.operation,
    targets: [{ id: resource.id, type: 'ServicePrincipal', displayName: resource.displayName, ...values }, { id: principal.id, type: word, displayName: principal.displayName }],
  });
}
