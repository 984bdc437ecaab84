/** Writes the town, the packages and their policies as rows, so that the product's own statement reads them. */
import { sql } from 'kysely';
import type { Tx } from '../../src/platform/db/database.ts';
import { newId } from '../../src/platform/ids.ts';
import { catalogs, idOf } from './cast.ts';
import type { Content, Identity, Package, Shape, SubjectSet, Town } from './town.ts';

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

async function insertObject(tx: Tx, { id, type, name, appId, identity, data = {} }: Row): Promise<void> {
  const isPerson = type === 'user' || type === 'agentUser';
  await sql`insert into directory_objects (id, type, display_name, account_enabled, user_principal_name, app_id, blueprint_app_id, identity_parent_id, deleted_at, data) values (
    ${id}, ${type}, ${name}, ${identity?.isDisabled !== true}, ${isPerson ? `${name.replaceAll(' ', '.')}@here.example` : null}, ${appId ?? null}, ${type === 'agentIdentity' ? blueprintAppId : null},
    ${identity?.agent ?? null}, ${identity?.isDeleted === true ? new Date() : null}, ${JSON.stringify(data)})`.execute(tx);
}

async function insertLinks(tx: Tx, kind: 'owner' | 'sponsor' | 'manager', links: { readonly of: string; readonly who: readonly string[] }): Promise<void> {
  for (const who of links.who) await sql`insert into directory_links (source_id, kind, target_id) values (${links.of}, ${kind}, ${who})`.execute(tx);
}

/** Application behind an identity that is a workload. */
const appIdOf = ({ id, kind }: Identity): string | undefined => (kind === 'servicePrincipal' ? idOf(`appId of ${id}`) : kind === 'agentIdentity' ? id : undefined);
const applicationOf = ({ id }: Identity): string => idOf(`application of ${id}`);

async function insertIdentity(tx: Tx, town: Town, one: Identity): Promise<void> {
  const domain = town.organizations.find(({ id }) => id === one.organization)?.domain ?? 'elsewhere.example';
  const data = one.isGuest === true ? { userType: 'Guest', mail: `${one.name.replaceAll(' ', '.')}@${domain}` } : {};
  if (one.kind === 'servicePrincipal') await insertObject(tx, { id: applicationOf(one), type: 'application', name: one.name, appId: appIdOf(one) });
  await insertObject(tx, { id: one.id, type: one.kind, name: one.name, appId: appIdOf(one), identity: one, data });
}

async function insertRelations(tx: Tx, one: Identity): Promise<void> {
  if (one.manager !== undefined) await insertLinks(tx, 'manager', { of: one.id, who: [one.manager] });
  await insertLinks(tx, 'sponsor', { of: one.id, who: one.sponsors ?? [] });
  await insertLinks(tx, 'owner', { of: one.id, who: one.owners ?? [] });
  if (one.kind === 'servicePrincipal') await insertLinks(tx, 'owner', { of: applicationOf(one), who: one.applicationOwners ?? [] });
}

async function insertMember(tx: Tx, [group, who]: readonly [string, string], end = 'infinity'): Promise<void> {
  await sql`insert into grants (id, kind, principal_id, resource_id, manual, ends_at) values (${newId()}, 'member', ${who}, ${group}, ${end === 'infinity'}, ${end})`.execute(tx);
}

/** The people, workloads, groups and organizations of the town. */
export async function insertTown(tx: Tx, town: Town): Promise<void> {
  await insertObject(tx, { id: newId(), type: 'application', name: 'client', appId: clientAppId });
  await insertObject(tx, { id: idOf('client principal'), type: 'servicePrincipal', name: 'client', appId: clientAppId });
  await insertObject(tx, { id: newId(), type: 'agentIdentityBlueprint', name: 'blueprint', appId: blueprintAppId });
  await insertObject(tx, { id: newId(), type: 'agentIdentityBlueprintPrincipal', name: 'blueprint', appId: blueprintAppId });
  for (const one of town.organizations) {
    await sql`insert into connected_organizations (id, display_name, state) values (${one.id}, ${one.name}, ${one.state})`.execute(tx);
    await sql`insert into organization_marks (mark, organization_id) values (${`domain:${one.domain}`}, ${one.id})`.execute(tx);
  }
  for (const one of town.identities.toSorted((a, b) => Number(a.agent !== undefined) - Number(b.agent !== undefined))) await insertIdentity(tx, town, one);
  for (const { id, name, isDeleted = false } of town.groups) {
    await insertObject(tx, { id, type: 'group', name, data: { mailEnabled: false, securityEnabled: true, mailNickname: name.replaceAll(' ', '') }, identity: { id, name, kind: 'user', isDeleted } });
  }
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
  for (const [name, role, catalog] of held) {
    await sql`insert into role_assignments (id, provider, principal_id, role_definition_id, app_scope_id, catalog_id)
      values (${newId()}, 'entitlementManagement', ${idOf(name)}, ${role}, ${`/AccessPackageCatalog/${catalog}`}, ${catalog})`.execute(tx);
  }
  await sql`insert into role_assignments (id, provider, principal_id, role_definition_id) values (${newId()}, 'directory', ${idOf('a global administrator')}, '62e90394-69f5-4237-9190-012177145e10')`.execute(tx);
}

const properties: Readonly<Partial<Record<SubjectSet['set'], string>>> = { singleUser: 'userId', groupMembers: 'groupId', connectedOrganizationMembers: 'connectedOrganizationId', singleServicePrincipal: 'servicePrincipalId' };

/** A subject set in Graph's shape. */
export function wireOf({ set, of, level }: SubjectSet): Readonly<Record<string, unknown>> {
  const property = properties[set];
  return { '@odata.type': `#microsoft.graph.${set}`, ...(property === undefined ? {} : { [property]: of }), ...(level === undefined ? {} : { managerLevel: level }) };
}

async function insertPolicy(tx: Tx, packageId: string, shape: Shape): Promise<void> {
  const requestor = {
    ...Object.fromEntries((['Add', 'Update', 'Remove'] as const).flatMap((wish) => [[`enableTargetsToSelf${wish}Access`, shape.self.includes(wish)], [`enableOnBehalfRequestorsTo${wish}Access`, shape.onBehalf.includes(wish)]])),
    allowCustomAssignmentSchedule: false, onBehalfRequestors: shape.requestors.map(wireOf),
  };
  const approval = {
    isApprovalRequiredForAdd: shape.approvalFor.includes('Add'), isApprovalRequiredForUpdate: shape.approvalFor.includes('Update'), isRequestorJustificationRequired: shape.wantsJustification,
    stages: shape.stages.map(({ primary, fallback }) => ({ durationBeforeAutomaticDenial: 'P14D', primaryApprovers: primary.map(wireOf), fallbackPrimaryApprovers: fallback.map(wireOf) })),
  };
  await sql`insert into assignment_policies (id, access_package_id, display_name, allowed_target_scope, specific_allowed_targets, expiration, requestor_settings, request_approval_settings)
    values (${shape.id}, ${packageId}, 'policy', ${shape.scope}, ${JSON.stringify(shape.targets.map(wireOf))}, '{"type": "noExpiration"}', ${JSON.stringify(requestor)}, ${JSON.stringify(approval)})`.execute(tx);
  const kinds: Readonly<Partial<Record<SubjectSet['set'], string>>> = { singleUser: 'user', groupMembers: 'group', singleServicePrincipal: 'servicePrincipal', connectedOrganizationMembers: 'connectedOrganization' };
  for (const { set, of } of shape.targets) await sql`insert into policy_targets (policy_id, kind, target_id) values (${shape.id}, ${kinds[set] ?? ''}, ${of ?? ''})`.execute(tx);
}

const contents: Readonly<Record<Content, { readonly system: string; readonly grant: string; readonly types: readonly string[] }>> = {
  group: { system: 'AadGroup', grant: 'member', types: [] }, roleAssignableGroup: { system: 'AadGroup', grant: 'member', types: [] },
  apiPermission: { system: 'OAuthApplication', grant: 'appRole', types: ['User', 'Application'] },
  applicationRole: { system: 'AadApplication', grant: 'appRole', types: ['Application'] }, userRole: { system: 'AadApplication', grant: 'appRole', types: ['User'] },
};

async function insertContent(tx: Tx, { id, catalog, content, name }: Package): Promise<void> {
  const { system, grant, types } = contents[content];
  const [object, resource, appId, application] = [newId(), newId(), newId(), newId()];
  const permission = grant === 'member' ? '00000000-0000-0000-0000-000000000000' : newId();
  if (grant === 'member') await insertObject(tx, { id: object, type: 'group', name: `group of ${name}`, data: { mailEnabled: false, securityEnabled: true, mailNickname: newId(), isAssignableToRole: content === 'roleAssignableGroup' } });
  else {
    await insertObject(tx, { id: application, type: 'application', name, appId });
    await insertObject(tx, { id: object, type: 'servicePrincipal', name: `API of ${name}`, appId });
    await sql`insert into permissions (application_id, id, kind, value, position, data) values (${application}, ${permission}, 'role', 'Do.It', 0, ${JSON.stringify({ allowedMemberTypes: types })})`.execute(tx);
  }
  await sql`insert into catalog_resources (id, catalog_id, origin_system, origin_id, display_name, directory_object_id) values (${resource}, ${catalog}, ${system}, ${object}, ${name}, ${object})`.execute(tx);
  await sql`insert into package_roles (access_package_id, resource_id, role_id, scope_id, role_origin_id, grant_kind, directory_object_id, permission_id)
    values (${id}, ${resource}, ${newId()}, ${resource}, 'role', ${grant}, ${object}, ${permission})`.execute(tx);
}

/** A package with all that stands in a request's way. */
export async function insertPackage(tx: Tx, one: Package): Promise<void> {
  const holds = async (packageId: string, [policyId, who]: readonly [string, string]): Promise<unknown> => await sql`
    insert into assignments (id, access_package_id, policy_id, target_id, state, status, starts_at) values (${newId()}, ${packageId}, ${policyId}, ${who}, 'delivered', 'Delivered', now())`.execute(tx);
  if (one.isHiddenAway) await sql`insert into catalogs (id, display_name, state) values (${one.catalog}, ${one.name}, 'unpublished') on conflict do nothing`.execute(tx);
  await sql`insert into access_packages (id, catalog_id, display_name) values (${one.id}, ${one.catalog}, ${one.name})`.execute(tx);
  await insertContent(tx, one);
  for (const shape of one.policies) await insertPolicy(tx, one.id, shape);
  const policyId = one.policies[0]?.id ?? '';
  for (const who of one.holders) await holds(one.id, [policyId, who]);
  for (const who of one.waiting) {
    await sql`insert into assignment_requests (id, request_type, state, status, requestor_id, target_id, access_package_id, policy_id, schedule)
      values (${newId()}, 'userAdd', 'submitted', 'Accepted', ${who}, ${who}, ${one.id}, ${policyId}, '{}')`.execute(tx);
  }
  for (const group of one.excludedGroups) await sql`insert into incompatible_groups (access_package_id, group_id) values (${one.id}, ${group})`.execute(tx);
  if (one.excludedHolders.length === 0) return;
  const rival = newId();
  await sql`insert into access_packages (id, catalog_id, display_name) values (${rival}, ${one.catalog}, 'the rival')`.execute(tx);
  await sql`insert into incompatible_packages (access_package_id, incompatible_id) values (${rival}, ${one.id})`.execute(tx);
  for (const who of one.excludedHolders) await holds(rival, [policyId, who]);
}
