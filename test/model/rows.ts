/** Writes the town, the packages and their policies as rows, so that the product's own statement reads them. */
import { sql } from 'kysely';
import type { Tx } from '../../src/platform/db/database.ts';
import { newId } from '../../src/platform/ids.ts';
import { catalogs, idOf } from './cast.ts';
import type { Group, Identity, Organization, Town } from './town.ts';

/** appId of the client by which everybody signs in. */
export const clientAppId = idOf('the client');
const blueprintAppId = idOf('the blueprint');

interface Row {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly appId?: string | undefined;
  readonly identity?: Identity;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** One object of the directory. */
export async function insertObject(tx: Tx, { id, type, name, appId, identity, data = {} }: Row): Promise<void> {
  const isPerson = type === 'user' || type === 'agentUser';
  await sql`insert into directory_objects (id, type, display_name, account_enabled, user_principal_name, app_id, blueprint_app_id, identity_parent_id, deleted_at, data) values (
    ${id}, ${type}, ${name}, ${identity?.isDisabled !== true}, ${isPerson ? `${id}@here.example` : null}, ${appId ?? null}, ${type === 'agentIdentity' ? blueprintAppId : null},
    ${identity?.agent ?? null}, ${identity?.isDeleted === true ? new Date() : null}, ${JSON.stringify(data)})`.execute(tx);
}

/** Ties an identity to those who answer for it. */
export async function insertLinks(tx: Tx, kind: 'owner' | 'sponsor' | 'manager', links: { readonly of: string; readonly who: readonly string[] }): Promise<void> {
  for (const who of links.who) await sql`insert into directory_links (source_id, kind, target_id) values (${links.of}, ${kind}, ${who})`.execute(tx);
}

/** Application behind an identity that is a workload. */
const appIdOf = ({ id, kind }: Identity): string | undefined => (kind === 'servicePrincipal' ? idOf(`appId of ${id}`) : kind === 'agentIdentity' ? id : undefined);
const applicationOf = ({ id }: Identity): string => idOf(`application of ${id}`);

/** One identity. */
export async function insertIdentity(tx: Tx, town: Town, one: Identity): Promise<void> {
  const domain = town.organizations.find(({ id }) => id === one.organization)?.domain ?? 'elsewhere.example';
  const data = one.isGuest === true ? { userType: 'Guest', mail: `${one.name.replaceAll(' ', '.')}@${domain}` } : {};
  if (one.kind === 'servicePrincipal') await insertObject(tx, { id: applicationOf(one), type: 'application', name: one.name, appId: appIdOf(one) });
  await insertObject(tx, { id: one.id, type: one.kind, name: one.name, appId: appIdOf(one), identity: one, data });
}

/** Who answers for an identity. */
export async function insertRelations(tx: Tx, one: Identity): Promise<void> {
  if (one.manager !== undefined) await insertLinks(tx, 'manager', { of: one.id, who: [one.manager] });
  await insertLinks(tx, 'sponsor', { of: one.id, who: one.sponsors ?? [] });
  await insertLinks(tx, 'owner', { of: one.id, who: one.owners ?? [] });
  if (one.kind === 'servicePrincipal') await insertLinks(tx, 'owner', { of: applicationOf(one), who: one.applicationOwners ?? [] });
}

async function insertMember(tx: Tx, [group, who]: readonly [string, string], end = 'infinity'): Promise<void> {
  await sql`insert into grants (id, kind, principal_id, resource_id, manual, ends_at) values (${newId()}, 'member', ${who}, ${group}, ${end === 'infinity'}, ${end})`.execute(tx);
}

/** A group with its members. */
export async function insertGroup(tx: Tx, { id, name, isDeleted = false, members, formerMembers = [] }: Group): Promise<void> {
  await insertObject(tx, { id, type: 'group', name, data: { mailEnabled: false, securityEnabled: true, mailNickname: id }, identity: { id, name, kind: 'user', isDeleted } });
  for (const who of members) await insertMember(tx, [id, who]);
  for (const who of formerMembers) await insertMember(tx, [id, who], '2020-01-01T00:00:00Z');
}

/** A connected organization that is known by its domain. */
export async function insertOrganization(tx: Tx, one: Organization): Promise<void> {
  await sql`insert into connected_organizations (id, display_name, state) values (${one.id}, ${one.name}, ${one.state})`.execute(tx);
  await sql`insert into organization_marks (mark, organization_id) values (${`domain:${one.domain}`}, ${one.id})`.execute(tx);
}

/** The client that everybody signs in by, and the blueprint of all agents. */
export async function insertClients(tx: Tx): Promise<void> {
  await insertObject(tx, { id: newId(), type: 'application', name: 'client', appId: clientAppId });
  await insertObject(tx, { id: idOf('client principal'), type: 'servicePrincipal', name: 'client', appId: clientAppId });
  await insertObject(tx, { id: newId(), type: 'agentIdentityBlueprint', name: 'blueprint', appId: blueprintAppId });
  await insertObject(tx, { id: newId(), type: 'agentIdentityBlueprintPrincipal', name: 'blueprint', appId: blueprintAppId });
}

/** The people, workloads, groups and organizations of the town. */
export async function insertTown(tx: Tx, town: Town): Promise<void> {
  await insertClients(tx);
  for (const one of town.organizations) await insertOrganization(tx, one);
  for (const one of town.identities.toSorted((a, b) => Number(a.agent !== undefined) - Number(b.agent !== undefined))) await insertIdentity(tx, town, one);
  // Groups may hold groups: first all of them, then who is in them.
  for (const one of town.groups) await insertGroup(tx, { ...one, members: [], formerMembers: [] });
  for (const one of town.identities) await insertRelations(tx, one);
  for (const { id, members, formerMembers = [] } of town.groups) {
    for (const who of members) await insertMember(tx, [id, who]);
    for (const who of formerMembers) await insertMember(tx, [id, who], '2020-01-01T00:00:00Z');
  }
  for (const { id, internalSponsors, externalSponsors } of town.organizations) {
    for (const [kind, who] of [...internalSponsors.map((one) => ['internal', one] as const), ...externalSponsors.map((one) => ['external', one] as const)]) {
      await sql`insert into organization_sponsors (organization_id, kind, sponsor_id) values (${id}, ${kind}, ${who})`.execute(tx);
    }
  }
  for (const name of ['our catalog', 'another catalog']) await sql`insert into catalogs (id, display_name) values (${idOf(name)}, ${name})`.execute(tx);
  await insertRoles(tx);
}

/** Who holds which role: catalog owner, reader, package manager, assignment manager, global administrator. */
async function insertRoles(tx: Tx): Promise<void> {
  const { ours, other } = catalogs;
  const held = [
    ['the owner of our catalog', 'ae79f266-94d4-4dab-b730-feca7e132178', ours], ['a catalog reader', '44272f93-9762-48e8-af59-1b5351b1d6b3', ours],
    ['the package manager', '7f480852-ebdc-47d4-87de-0d8498384a83', ours], ['the assignment manager', 'e2182095-804a-4656-ae11-64734e9b7ae5', ours],
    ['the assignment manager of another catalog', 'e2182095-804a-4656-ae11-64734e9b7ae5', other], ['an application that manages assignments', 'e2182095-804a-4656-ae11-64734e9b7ae5', ours],
  ] as const;
  for (const [name, definition, catalogId] of held) await insertRole(tx, { principalId: idOf(name), provider: 'entitlementManagement', definition, catalogId });
  await insertRole(tx, { principalId: idOf('a global administrator'), provider: 'directory', definition: '62e90394-69f5-4237-9190-012177145e10', catalogId: undefined });
}

/** A role that somebody holds: of the directory, or in one catalog. */
export async function insertRole(tx: Tx, { principalId, provider, definition, catalogId }: { readonly principalId: string; readonly provider: string; readonly definition: string; readonly catalogId: string | undefined }): Promise<void> {
  await sql`insert into role_assignments (id, provider, principal_id, role_definition_id, app_scope_id, catalog_id)
    values (${newId()}, ${provider}, ${principalId}, ${definition}, ${catalogId === undefined ? null : `/AccessPackageCatalog/${catalogId}`}, ${catalogId ?? null})`.execute(tx);
}
