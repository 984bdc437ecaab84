/** The parts of an application that have rules and rows of their own: permissions, identifier URIs, what it requires. */
import { refuse } from '../../../kernel/problem.ts';
import type { GraphWork, Json } from '../../../platform/graph/model.ts';
import { isBlockedForAgents, ownApiAppId } from '../../roles/model.ts';
import { recordsOf, requiredText, textsOf } from '../model/given.ts';
import { decidePermissionList, keyOf, type Permission, type PublishedPermission } from '../rules/permission-list.ts';
import { wantedPermissions } from '../rules/workload-content.ts';
import { clearPermissionValues, listApiPermissions, listPublishedPermissions, lockPermissions, removePermissions, writePermissions } from '../store/permissions.ts';
import { listTakenIdentifierUris, lockIdentifierUris } from '../store/workloads.ts';
import { refuseIfAny, settled } from './settle.ts';

/** Sets the app roles and delegated permissions that a body names. Answers the values before and after, for the audit trail. */
export async function setPermissions(work: GraphWork, applicationId: string, body: Json): Promise<{ readonly before: Json; readonly after: Json }> {
  const named = 'appRoles' in body || 'api' in body;
  if (named) await lockPermissions(work.tx, applicationId);
  const published = named ? await listPublishedPermissions(work.tx, applicationId) : [];
  const wanted = wantedPermissions(body, published);
  if (wanted === undefined || (wanted.length === 0 && published.length === 0)) return { before: {}, after: {} };
  const change = settled(decidePermissionList(wanted, published));
  if (change.removed.length > 0) await removePermissions(work.tx, applicationId, change.removed);
  const renamed = renamedPermissions(change.keep, published);
  if (renamed.length > 0) await clearPermissionValues(work.tx, applicationId, renamed);
  await writePermissions(work.tx, applicationId, change.keep);
  return { before: summary(published), after: summary(change.keep) };
}

function renamedPermissions(keep: readonly Permission[], published: readonly PublishedPermission[]): readonly Permission[] {
  const values = new Map(published.map((permission) => [keyOf(permission), permission.value]));
  return keep.filter((permission) => values.has(keyOf(permission)) && values.get(keyOf(permission)) !== permission.value);
}

/** Which permissions were enabled and which not, by name: the descriptions would drown the trail. */
function summary(permissions: readonly Permission[]): Json {
  const names = (kind: Permission['kind']): readonly string[] =>
    permissions.filter((one) => one.kind === kind).map((one) => `${one.value ?? one.id}${one.isEnabled ? '' : ' (disabled)'}`);
  return { appRoles: names('role'), oauth2PermissionScopes: names('scope') };
}

/** Refuses identifier URIs that another application of the tenant has. */
export async function claimIdentifierUris(work: GraphWork, applicationId: string, body: Json): Promise<void> {
  const uris = textsOf(body, 'identifierUris') ?? [];
  if (uris.length === 0) return;
  await lockIdentifierUris(work.tx);
  const [taken] = await listTakenIdentifierUris(work.tx, uris, applicationId);
  if (taken === undefined) return;
  refuse('alreadyExists', { field: 'identifierUris' }, [{ code: 'identifierUriTaken', target: 'identifierUris', message: `Another application has the identifier URI '${taken}'. Choose another.` }]);
}

/** Refuses a blueprint that requires a permission of our own API which never reaches an agent (contract §2.4). */
export async function refuseBlockedRequirements(work: GraphWork, body: Json): Promise<void> {
  const own = (recordsOf(body, 'requiredResourceAccess') ?? []).filter((one) => requiredText(one, 'resourceAppId').toLowerCase() === ownApiAppId);
  const wanted = new Set(own.flatMap((one) => (recordsOf(one, 'resourceAccess') ?? []).map((access) =>
    keyOf({ kind: requiredText(access, 'type').toLowerCase() === 'scope' ? 'scope' : 'role', id: requiredText(access, 'id').toLowerCase() }))));
  if (wanted.size === 0) return;
  const permissions = await listApiPermissions(work.tx, ownApiAppId, [...wanted].map((key) => key.split(' ')[1] ?? ''));
  refuseIfAny(permissions.filter((permission) => wanted.has(keyOf(permission))).filter(({ value, kind }) => value !== null && isBlockedForAgents(value, kind)).map(({ value }) => ({
    code: 'permissionBlockedForAgents', target: 'requiredResourceAccess',
    message: `'${value ?? ''}' never reaches an agent, so a blueprint cannot require it. Take it out of requiredResourceAccess or choose a narrower permission.`,
  })));
}

/** What people may say about this server's own API. All else decides who gets in. */
const descriptive: ReadonlySet<string> = new Set(['displayName', 'description', 'notes', 'tags', 'info', 'serviceManagementReference', 'notificationEmailAddresses']);

/** Refuses what would break this server's own API or let it be signed in to: its permissions, its addresses, its being enabled. */
export function refuseOwnApiChange(appId: string, body: Json): void {
  if (appId !== ownApiAppId) return;
  const touched = Object.keys(body).find((name) => !descriptive.has(name));
  if (touched !== undefined) refuse('ruleBroken', { field: touched, reason: `This is the server's own API: '${touched}' cannot be changed. Leave it out.` });
}
