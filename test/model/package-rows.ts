/** Writes packages, what is in them and their policies as rows. */
import { sql } from 'kysely';
import type { JsonRecord } from '../../src/kernel/json.ts';
import type { Tx } from '../../src/platform/db/database.ts';
import { newId } from '../../src/platform/ids.ts';
import { insertObject } from './rows.ts';
import type { Content, Package, Shape, SubjectSet } from './town.ts';

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
    stages: shape.stages.map(({ primary, fallback, required = 1 }) => ({ durationBeforeAutomaticDenial: 'P14D', requiredApprovalCount: required, primaryApprovers: primary.map(wireOf), fallbackPrimaryApprovers: fallback.map(wireOf) })),
  };
  await insertPolicyRow(tx, { id: shape.id, packageId, targets: shape.targets, wire: {
    displayName: 'policy', allowedTargetScope: shape.scope, specificAllowedTargets: shape.targets.map(wireOf), expiration: { type: 'noExpiration' }, requestorSettings: requestor, requestApprovalSettings: approval,
    questions: (shape.questions ?? []).map(({ id, isRequired }, sequence) => ({ '@odata.type': '#microsoft.graph.accessPackageTextInputQuestion', id, text: `question ${sequence}`, isRequired, isAnswerEditable: true, isSingleLineQuestion: true, sequence, localizations: [] })),
  } });
}

/** A policy in v1.0's shape, with whom it names. */
export interface PolicyRow {
  readonly id: string;
  readonly packageId: string;
  readonly wire: JsonRecord;
  readonly targets: readonly SubjectSet[];
}

/** A policy as its row. */
export async function insertPolicyRow(tx: Tx, { id, packageId, wire, targets }: PolicyRow): Promise<void> {
  const json = (key: string): string => JSON.stringify(wire[key]);
  await sql`insert into assignment_policies (id, access_package_id, display_name, allowed_target_scope, specific_allowed_targets, expiration, requestor_settings, request_approval_settings, questions)
    values (${id}, ${packageId}, ${wire['displayName']}, ${wire['allowedTargetScope']}, ${json('specificAllowedTargets')}, ${json('expiration')}, ${json('requestorSettings')}, ${json('requestApprovalSettings')}, ${json('questions')})`.execute(tx);
  for (const { set, of } of targets) await sql`insert into policy_targets (policy_id, kind, target_id) values (${id}, ${targetKinds[set] ?? ''}, ${of ?? ''})`.execute(tx);
}

const targetKinds: Readonly<Partial<Record<SubjectSet['set'], string>>> = { singleUser: 'user', groupMembers: 'group', singleServicePrincipal: 'servicePrincipal', connectedOrganizationMembers: 'connectedOrganization' };

const contents: Readonly<Record<Content, { readonly system: string; readonly grant: string; readonly types: readonly string[] }>> = {
  group: { system: 'AadGroup', grant: 'member', types: [] }, roleAssignableGroup: { system: 'AadGroup', grant: 'member', types: [] },
  apiPermission: { system: 'OAuthApplication', grant: 'appRole', types: ['User', 'Application'] },
  anyRole: { system: 'AadApplication', grant: 'appRole', types: ['User', 'Application'] },
  applicationRole: { system: 'AadApplication', grant: 'appRole', types: ['Application'] }, userRole: { system: 'AadApplication', grant: 'appRole', types: ['User'] },
};

/** The one role of a package, with the group or API behind it. */
export async function insertContent(tx: Tx, { id, catalog, content, name }: Pick<Package, 'id' | 'catalog' | 'content' | 'name'>): Promise<void> {
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
