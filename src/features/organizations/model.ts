/**
 * A connected organization is another organization whose people are guests here: what they are recognised by, and who answers
 * for them on either side. And the settings for what becomes of guests whose access has ended (contract §1.4).
 */
import { type JsonRecord, recordsAt, textAt } from '../../kernel/json.ts';

/** Graph's connectedOrganizationState: a proposed organization came by itself, and no administrator has said yes to it. */
export const organizationStates = ['configured', 'proposed'] as const;
export type OrganizationState = (typeof organizationStates)[number];

/** Graph's subtypes of identitySource. */
export const identitySourceKinds = [
  'azureActiveDirectoryTenant', 'crossCloudAzureActiveDirectoryTenant', 'domainIdentitySource', 'externalDomainFederation', 'socialIdentitySource',
] as const;
export type IdentitySourceKind = (typeof identitySourceKinds)[number];

/** A connected organization. `identitySources` in Graph's shape. */
export interface Organization {
  readonly id: string;
  readonly displayName: string;
  readonly description: string | null;
  readonly state: OrganizationState;
  readonly identitySources: readonly JsonRecord[];
}

/** The organization that a target of access comes from. */
export type TargetOrganization = Pick<Organization, 'id' | 'state'>;

/** What this directory is called itself. `id` is the tenant's, `domain` in lower case. */
export interface OwnTenant {
  readonly id: string;
  readonly domain: string;
}

/** Sponsors from this directory, and from the organization. */
export const sponsorKinds = ['internal', 'external'] as const;
export type SponsorKind = (typeof sponsorKinds)[number];

/** Graph's accessPackageExternalUserLifecycleAction. */
export const lifecycleActions = ['none', 'blockSignIn', 'blockSignInAndDelete'] as const;
export type LifecycleAction = (typeof lifecycleActions)[number];

/** Graph's entitlementManagementSettings. The duration is ISO 8601. */
export interface ExternalUserSettings {
  readonly externalUserLifecycleAction: LifecycleAction;
  readonly durationUntilExternalUserDeletedAfterBlocked: string;
}

/** Graph's accessPackageSubjectLifecycle. */
export const subjectLifecycles = ['notDefined', 'notGoverned', 'governed'] as const;
export type SubjectLifecycle = (typeof subjectLifecycles)[number];

/** Kind of an identity source by its `@odata.type`. */
export function kindOfSource(source: JsonRecord): IdentitySourceKind | undefined {
  const name = textAt(source, '@odata.type')?.replace(/^#?microsoft\.graph\./i, '').toLowerCase();
  return identitySourceKinds.find((kind) => kind.toLowerCase() === name);
}

/** A whole organization from a validated body, over what it was before. What is missing stays, or is the default. */
export function organizationFrom(body: JsonRecord, before: Organization): Organization {
  return {
    id: before.id,
    displayName: textAt(body, 'displayName') ?? before.displayName,
    description: 'description' in body ? textAt(body, 'description') ?? null : before.description,
    state: organizationStates.find((state) => state === body['state']) ?? before.state,
    identitySources: Array.isArray(body['identitySources']) ? recordsAt(body, 'identitySources').map(canonical) : before.identitySources,
  };
}

/** Domains in lower case; a display name where none was given, as Graph fills it in. */
function canonical(source: JsonRecord): JsonRecord {
  const domain = textAt(source, 'domainName')?.trim().toLowerCase();
  const name = textAt(source, 'displayName') ?? domain ?? textAt(source, 'tenantId') ?? textAt(source, 'socialIdentitySourceType') ?? null;
  return { ...source, ...(domain === undefined ? {} : { domainName: domain }), displayName: name };
}

/**
 * A create body of older clients: one domain beside the name. What kind of directory stands behind a domain
 * (`identityProviderType`) cannot be looked up here: its people are recognised by the domain. Other bodies stay as they are.
 */
export function organizationFromBody(body: JsonRecord): JsonRecord {
  const { domainName, identityProviderType: _, ...rest } = body;
  if (typeof domainName !== 'string' || 'identitySources' in body) return body;
  return { ...rest, identitySources: [{ '@odata.type': '#microsoft.graph.domainIdentitySource', domainName }] };
}
