/**
 * What identities may do to Gatehouse itself: permissions of our own API, directory roles and entitlement-management
 * roles. The ids are Graph's published ones where Graph has the name, so that scripts which carry them work here.
 */

/** appId that stands for this server's own API, as Microsoft Graph's does in every tenant. */
export const ownApiAppId = '00000003-0000-0000-c000-000000000000';

/** The permission that every service principal and agent holds without anyone granting it: to ask for itself. */
export const selfRequest = 'EntitlementManagement.SelfRequest';

type PermissionRow = readonly [value: string, application: string | undefined, delegated: string | undefined];

/** Permissions of our own API: value, id as an application permission, id as a delegated one. */
export const ownPermissions: readonly PermissionRow[] = [
  ['AccessReview.Read.All', 'd07a8cc0-3d51-4b77-b3b0-32704d1f69fa', 'ebfcd32b-babb-40f4-a14b-42706e83bd28'],
  ['AccessReview.ReadWrite.All', 'ef5f7d5c-338f-44b0-86c3-351f46c8bb5f', 'e4aa47b9-9a69-4109-82ed-36ec70d85ff1'],
  ['AccessReview.ReadWrite.Membership', '18228521-a591-40f1-b215-5fad4488c117', '5af8c3f5-baca-439a-97b0-ea58a435e269'],
  ['AgentIdUser.ReadWrite.All', '17f7f619-0938-5a6c-9c57-e765393c9341', 'fc93d7d5-01d9-5607-9ba3-638a940b8136'],
  ['AgentIdUser.ReadWrite.IdentityParentedBy', '520fe95d-48d7-5677-b265-471269b7a1b1', '1ada4ed6-5947-5757-8431-7ccafd1da8ca'],
  ['AgentIdentity.Create.All', '77bb7ab5-f498-55c2-9b0d-45b160812165', '79e3848f-4d04-593d-a129-e07d8e0f1660'],
  ['AgentIdentity.CreateAsManager', '25d9dbaa-d3c0-512f-a08a-861a607db7ec', undefined],
  ['AgentIdentity.DeleteRestore.All', 'ae55442f-508e-56a5-b12a-5f8a07c8608e', '70ae860a-886b-5e74-8bbf-15a4cd7f23e2'],
  ['AgentIdentity.EnableDisable.All', '09e4eebe-ee11-5db0-bfc2-5697ba34b81e', '60107a31-d84d-5e76-a881-4649a7342cd5'],
  ['AgentIdentity.Read.All', '93a29ca5-afa8-58a1-8df9-7a494766efc8', '85b96315-1214-5ab7-b5fb-7aaf3f72f26c'],
  ['AgentIdentity.ReadWrite.All', 'd368f25b-d176-578f-abb2-24d4782933ad', 'fddfc8fe-cb97-52d4-9198-1750149e5743'],
  ['AgentIdentity.UpdateSponsors.All', 'f2bb04aa-ba13-51ed-95f7-40469359e465', '984af277-90a0-5934-bde0-e85e766c4f59'],
  ['AgentIdentityBlueprint.AddRemoveCreds.All', '16840a98-ac1f-5185-9702-dfc03a402730', '877f8161-d2b9-5ff0-b3e5-3211906c8283'],
  ['AgentIdentityBlueprint.Create', 'ccf1d5f3-b51b-534e-bb49-7ee1330851fc', 'cd6290d4-caf1-57f0-8855-02d95da904b8'],
  ['AgentIdentityBlueprint.DeleteRestore.All', '0a897103-2d7e-53b7-ad96-8ec8cc87eb07', 'c851034a-ebc0-59a5-b127-8c7c62386872'],
  ['AgentIdentityBlueprint.Read.All', '42f49d27-4a0d-532a-80bf-554398d43f98', '61baff83-116d-5246-85cd-0f313b65a534'],
  ['AgentIdentityBlueprint.ReadWrite.All', '3452baab-0ef3-56bc-b7f2-0a11d7293683', '73d11658-b4c9-5546-811a-7405b283c03c'],
  ['AgentIdentityBlueprint.UpdateAuthProperties.All', 'bdc7205c-97fa-5944-b1da-137ecc484a81', 'a4d7b60c-78aa-5fc8-a6de-6e8113416e2a'],
  ['AgentIdentityBlueprint.UpdateBranding.All', '18dfa5d1-cb46-5cc3-84c3-92becc89b12b', '30f6c46c-6ede-56ef-b3dc-6fd75f8abfa9'],
  ['AgentIdentityBlueprint.UpdateSponsors.All', '4a38af89-8419-55ec-babe-4b0e21a9f651', 'd4655687-59ac-5eed-940f-122deb650c00'],
  ['AgentIdentityBlueprintPrincipal.Create', 'e7198818-27ac-559d-9fd1-ec6ff69c971f', '8fb8daf3-f664-5b4b-8ee1-4302813d162a'],
  ['AgentIdentityBlueprintPrincipal.DeleteRestore.All', 'ae1bff78-5882-50a4-ae1a-fd783f37dd82', '54f05ad1-94e2-515a-abe1-4ed66af505e1'],
  ['AgentIdentityBlueprintPrincipal.EnableDisable.All', '7afa64be-eec3-5b0c-aecd-09d36cd10c08', '96e33120-b179-5487-a730-52d0dc75d08c'],
  ['AgentIdentityBlueprintPrincipal.Read.All', '18d5620b-f0d9-5471-a6a1-34ab278c554b', '2ecf4f03-0e44-5209-a910-b706906fba38'],
  ['AgentIdentityBlueprintPrincipal.ReadWrite.All', 'b4e97c78-a247-503f-a0fe-c8e3fcc469b6', '591a6054-03e3-5ad4-a980-fd18d3e85f0b'],
  ['AppRoleAssignment.ReadWrite.All', '06b708a9-e830-4db3-a914-8e69da51d44f', '84bccea3-f856-4a8a-967b-dbe0a3d53a64'],
  ['Application.Read.All', '9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30', 'c79f8feb-a9db-4090-85f9-90d820caa0eb'],
  ['Application.ReadWrite.All', '1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9', 'bdfbf15f-ee85-4955-8675-146e8e5296b5'],
  ['Application.ReadWrite.OwnedBy', '18a4783c-866b-4cc7-a460-3d5e5662c884', undefined],
  ['AuditLog.Read.All', 'b0afded3-3588-46d8-8b3d-9842eff778da', 'e4c9e354-4dc5-45b8-9e7c-e1393b0b1a20'],
  ['DelegatedPermissionGrant.Read.All', '81b4724a-58aa-41c1-8a55-84ef97466587', 'a197cdc4-a8e8-4d49-9d35-4ca7c83887b4'],
  ['DelegatedPermissionGrant.ReadWrite.All', '8e8e4742-1d95-4f68-9d56-6ee75648c72a', '41ce6ca6-6826-4807-84f1-1c82854f7ee5'],
  ['Directory.AccessAsUser.All', undefined, '0e263e50-5827-48a4-b97c-d940288653c7'],
  ['Directory.Read.All', '7ab1d382-f21e-4acd-a863-ba3e13f7da61', '06da0dbc-49e2-44d2-8312-53f166ab848a'],
  ['Directory.ReadWrite.All', '19dbc75e-c2e2-444c-a770-ec69d8559fc7', 'c5366453-9fb0-48a5-a156-24f0c49a4b84'],
  ['EntitlementManagement.Read.All', 'c74fd47d-ed3c-45c3-9a9e-b8676de685d2', '5449aa12-1393-4ea2-a7c7-d0e06c1a56b2'],
  ['EntitlementManagement.ReadWrite.All', '9acd699f-1e81-4958-b001-93b1d2506e19', 'ae7a573d-81d7-432b-ad44-4ed5c9d89038'],
  ['EntitlementManagement.SelfRequest', '3fa0f50d-91e4-5acf-b28b-1ace4fcb9290', undefined],
  ['EntitlementMgmt-SubjectAccess.ReadWrite', undefined, 'e9fdcbbb-8807-410f-b9ec-8d5468c7c2ac'],
  ['Group.Create', 'bf7b1a76-6e77-406b-b258-bf5c7720e98f', undefined],
  ['Group.Read.All', '5b567255-7703-4780-807c-7be8301ae99b', '5f8c59db-677d-491f-a6b8-5f174b11ec1d'],
  ['Group.ReadWrite.All', '62a82d76-70ea-41e2-9197-370581804d09', '4e46008b-f24c-477d-8fff-7bb4ec7aafe0'],
  ['GroupMember.Read.All', '98830695-27a2-44f7-8c18-0c3ebc9698f6', 'bc024368-1153-4739-b217-4326f2e966d0'],
  ['GroupMember.ReadWrite.All', 'dbaae8cf-10b5-4b86-a4a1-f871c94c6695', 'f81125ac-d3b7-4573-a3b2-7099cc39df9e'],
  ['RoleManagement.Read.All', 'c7fbd983-d9aa-4fa7-84b8-17382c103bc4', '48fec646-b2ba-4019-8681-8eb31435aded'],
  ['RoleManagement.Read.Directory', '483bed4a-2ad3-4361-a73b-c83ccdbdc53c', '741c54c3-0c1e-44a1-818b-3f97ab4e8c83'],
  ['RoleManagement.ReadWrite.Directory', '9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8', 'd01b97e9-cbc0-49fe-810a-750afd5527a3'],
  ['User-PasswordProfile.ReadWrite.All', 'cc117bb9-00cf-4eb8-b580-ea2a878fe8f7', '56760768-b641-451f-8906-e1b8ab31bca7'],
  ['User.EnableDisableAccount.All', '3011c876-62b7-4ada-afa2-506cbbecc68c', 'f92e74e7-2563-467f-9dd0-902688cb5863'],
  ['User.Read', undefined, 'e1fe6dd8-ba31-4d61-89e7-88639da4683d'],
  ['User.Read.All', 'df021288-bdef-4463-88db-98f22de89214', 'a154be20-db9c-4678-8ab7-66f6cc099a59'],
  ['User.ReadBasic.All', '97235f07-e226-4f63-ace3-39588e11d3a1', 'b340eb25-3456-403f-be2f-af7a0d370277'],
  ['User.ReadWrite', undefined, 'b4e74841-8e56-480b-be8b-910348b18b4c'],
  ['User.ReadWrite.All', '741f803b-c850-494e-b5df-cde7c675a1ca', '204e0828-b5ca-4ad8-b9f3-f32a958e7cc4'],
  ['email', undefined, '64a6cdd6-aab1-4aaf-94b8-3cc8405e90d0'],
  ['offline_access', undefined, '7427e0e9-2fba-42fe-b0c0-848c9e6a8182'],
  ['openid', undefined, '37f7f235-527c-4136-accd-4a02d197296e'],
  ['profile', undefined, '14dad69e-099b-42c9-810b-d002981feec1'],
];

/** Built-in directory roles, with Graph's template ids. */
export const directoryRole = {
  globalAdministrator: '62e90394-69f5-4237-9190-012177145e10',
  identityGovernanceAdministrator: '45d8d3c5-c802-45c6-b32a-1d70b5e1e86e',
  applicationAdministrator: '9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3',
  globalReader: 'f2ef992c-3afb-46b9-b7cf-a126ee74c451',
  privilegedRoleAdministrator: 'e8611ab8-c189-46e8-94e1-60213ab1f814',
} as const;

/** Built-in entitlement-management roles (contract §1.10). */
export const entitlementRole = {
  catalogCreator: 'ba92d953-d8e0-4e39-a797-0cbedb0a89e8',
  catalogOwner: 'ae79f266-94d4-4dab-b730-feca7e132178',
  catalogReader: '44272f93-9762-48e8-af59-1b5351b1d6b3',
  accessPackageManager: '7f480852-ebdc-47d4-87de-0d8498384a83',
  assignmentManager: 'e2182095-804a-4656-ae11-64734e9b7ae5',
} as const;

/** Permissions by which an application gives itself or others every further right. Whoever controls its credentials has them. */
export const makesAdministrators: readonly string[] = ['AppRoleAssignment.ReadWrite.All', 'RoleManagement.ReadWrite.Directory'];

/** Directory roles by which their holder changes what others may do. */
export const privilegedDirectoryRoles: readonly string[] = [
  directoryRole.globalAdministrator, directoryRole.identityGovernanceAdministrator, directoryRole.applicationAdministrator, directoryRole.privilegedRoleAdministrator,
];

/** Permission names that no agent identity may ever hold on our own API (contract §2.4). */
export const blockedForAgents: ReadonlySet<string> = new Set([
  'AppRoleAssignment.ReadWrite.All', 'Application.ReadWrite.All', 'Application.ReadWrite.OwnedBy', 'Directory.ReadWrite.All',
  'Group.ReadWrite.All', 'GroupMember.ReadWrite.All', 'DelegatedPermissionGrant.ReadWrite.All', 'EntitlementManagement.ReadWrite.All',
  'Files.Read.All', 'Chat.Read.All', 'Calendars.Read', 'User.EnableDisableAccount.All',
]);

const blockedPrefixes = ['RoleManagement.ReadWrite.', 'Sites.', 'User-PasswordProfile.', 'AgentIdentity.Create'] as const;

/** Whether a permission of our own API is on the list that never reaches an agent. `kind` matters where Graph says so. */
export function isBlockedForAgents(value: string, kind: 'role' | 'scope'): boolean {
  const onlyAsApplication = value === 'EntitlementManagement.ReadWrite.All' || value === 'Calendars.Read';
  if (onlyAsApplication) return kind === 'role';
  return blockedForAgents.has(value) || blockedPrefixes.some((prefix) => value.startsWith(prefix));
}

/** `directory` or `entitlementManagement`: whose roles they are. */
export type RoleProvider = 'directory' | 'entitlementManagement';

/** The one thing that a role applies to; nothing of them: the whole tenant. */
export interface RoleScope {
  readonly catalogId: string | undefined;
  readonly accessPackageId?: string | undefined;
  readonly policyId?: string | undefined;
  readonly resourceId?: string | undefined;
}

/** Who holds, or may hold, which role where. `appScopeId` names the scope; it is undefined for directory roles. */
export interface RoleKey extends RoleScope {
  readonly provider: RoleProvider;
  readonly principalId: string;
  readonly roleDefinitionId: string;
  readonly appScopeId: string | undefined;
}
