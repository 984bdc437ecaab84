/** The first start: one tenant, our own API, an administering application and a first administrator. Later starts add what is new. */
import { createHash, randomBytes } from 'node:crypto';
import { recordAudit } from '../../features/audit/store.ts';
import { directoryRole, ownApiAppId, ownPermissions } from '../../features/roles/model.ts';
import type { Db, Tx } from '../../platform/db/database.ts';
import type { DatabaseLog } from '../../platform/db/log.ts';
import { inTransaction } from '../../platform/db/transaction.ts';
import { newId } from '../../platform/ids.ts';
import { hashPassword } from '../../platform/password-hash.ts';
import { discardPending, keepOthers, publishPending, readBootstrap, writePending, type BootstrapFile } from './file.ts';
import { ownPermissionRows } from './own-api.ts';
import { findAdministratorPrincipal, findOwnApi, findTenantId, insertAdministrator, insertGrants, insertObject, insertPermissions, insertSecret, insertTenant, lockBootstrap, type OwnApi } from './store.ts';

/** Where and as what to bootstrap. `home` exists; `url` is the public address. */
export interface BootstrapOptions {
  readonly home: string;
  readonly url: string;
  readonly now: Date;
  readonly log: Pick<DatabaseLog, 'warn'>;
}

const domain = 'gatehouse.local';
const administration = 'administration';

/** The one tenant's id, made or found; bootstrap.json is right afterwards. Any number of machines may start at once: one creates. */
export async function bootstrapTenant(db: Db, options: BootstrapOptions): Promise<{ readonly tenantId: string; readonly isNew: boolean }> {
  const hash = { adminPassword: newPassword(), hashed: '' };
  hash.hashed = await hashPassword(hash.adminPassword);
  const pending = { isWritten: false };
  const done = await inTransaction(db, async (tx) => {
    await lockBootstrap(tx);
    const tenantId = await findTenantId(tx);
    if (tenantId !== undefined) {
      await bringNewPermissions(tx, options);
      return { tenantId, isNew: false };
    }
    const content = await createAll(tx, options, hash);
    await keepForeign(options, content.tenantId);
    await writePending(options.home, content);
    pending.isWritten = true;
    return { tenantId: content.tenantId, isNew: true };
  }).catch(async (error: unknown) => {
    if (pending.isWritten) await discardPending(options.home);
    throw error;
  });
  if (!done.isNew) await rewrite(options, done.tenantId);
  await publishPending(options.home);
  return done;
}

async function rewrite(options: BootstrapOptions, tenantId: string): Promise<void> {
  const known = await readBootstrap(options.home, tenantId);
  await keepForeign(options, tenantId);
  await writePending(options.home, { ...known, tenantId, url: options.url });
}

async function keepForeign({ home, log }: BootstrapOptions, tenantId: string): Promise<void> {
  for (const file of await keepOthers(home, tenantId)) log.warn({ file, tenantId }, 'bootstrap.json tells of another database: its secrets were put aside in this file, and bootstrap.json now tells of the database in use');
}

/** 32 letters and digits: 190 bits. */
const newPassword = (): string => randomBytes(48).toString('base64').replace(/[^A-Za-z0-9]/g, '').slice(0, 32);

async function createAll(tx: Tx, { url, now }: BootstrapOptions, { adminPassword, hashed }: { adminPassword: string; hashed: string }): Promise<BootstrapFile> {
  const [tenantId, clientId, clientSecret] = [newId(), newId(), `gh_${randomBytes(30).toString('base64url')}`];
  await insertTenant(tx, { id: tenantId, displayName: 'Gatehouse', domain });
  const api: OwnApi = { applicationId: newId(), principalId: newId() };
  await insertApplication(tx, api, { displayName: 'Gatehouse API', appId: ownApiAppId, data: { signInAudience: 'AzureADMyOrg' } });
  await insertPermissions(tx, api.applicationId, ownPermissionRows());
  const client: OwnApi = { applicationId: newId(), principalId: newId() };
  await insertApplication(tx, client, { displayName: 'Gatehouse administration', appId: clientId, data: { signInAudience: 'AzureADMyOrg', bootstrap: administration } });
  await insertSecret(tx, { keyId: newId(), ownerId: client.applicationId, digest: createHash('sha256').update(clientSecret, 'utf8').digest(), hint: clientSecret.slice(0, 3) });
  await insertGrants(tx, grantsTo(client.principalId, api.principalId, ownPermissions.flatMap(([, id]) => (id === undefined ? [] : [id]))));
  const [userId, adminUser] = [newId(), `admin@${domain}`];
  await insertObject(tx, { id: userId, type: 'user', displayName: 'Administrator', userPrincipalName: adminUser, data: { mailNickname: 'admin', userType: 'Member' } });
  await insertAdministrator(tx, { userId, hash: hashed, assignmentId: newId(), roleDefinitionId: directoryRole.globalAdministrator });
  await recordAudit(tx, { now, requestId: newId(), clientRequestId: '' }, {
    activity: 'Create tenant', category: 'ApplicationManagement', operation: 'Add',
    targets: [
      { id: tenantId, type: 'Tenant', displayName: 'Gatehouse' }, { id: client.principalId, type: 'ServicePrincipal', displayName: 'Gatehouse administration' },
      { id: userId, type: 'User', displayName: 'Administrator', after: { userPrincipalName: adminUser, role: 'Global Administrator' } },
    ],
  });
  return { url, tenantId, clientId, clientSecret, adminUser, adminPassword };
}

async function insertApplication(tx: Tx, ids: OwnApi, about: { displayName: string; appId: string; data: Readonly<Record<string, unknown>> }): Promise<void> {
  await insertObject(tx, { ...about, id: ids.applicationId, type: 'application' });
  await insertObject(tx, { displayName: about.displayName, appId: about.appId, id: ids.principalId, type: 'servicePrincipal', data: { servicePrincipalType: 'Application' } });
}

/** Permissions of a newer version; the administering application holds every application permission, so it gets the new ones too. */
async function bringNewPermissions(tx: Tx, { now }: BootstrapOptions): Promise<void> {
  const api = await findOwnApi(tx, ownApiAppId);
  if (api === undefined) return;
  const rows = ownPermissionRows();
  const added = new Set(await insertPermissions(tx, api.applicationId, rows));
  if (added.size === 0) return;
  const administrator = await findAdministratorPrincipal(tx, administration);
  const roles = rows.filter(({ id, kind }) => kind === 'role' && added.has(id));
  if (administrator !== undefined) await insertGrants(tx, grantsTo(administrator, api.principalId, roles.map(({ id }) => id)));
  await recordAudit(tx, { now, requestId: newId(), clientRequestId: '' }, {
    activity: 'Add permissions of a newer version', category: 'ApplicationManagement', operation: 'Update',
    targets: [{ id: api.principalId, type: 'ServicePrincipal', displayName: 'Gatehouse API', after: { permissions: rows.filter(({ id }) => added.has(id)).map(({ value }) => value) } }],
  });
}

const grantsTo = (principalId: string, resourceId: string, permissionIds: readonly string[]): Parameters<typeof insertGrants>[1] =>
  permissionIds.map((permissionId) => ({ id: newId(), principalId, resourceId, permissionId }));
