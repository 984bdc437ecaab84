/** Connected organizations and the settings of the tenant as Graph shows them (contract §1.2, §1.4). */
import { sql } from 'kysely';
import { choice, col, guid, instant, list, record, span, text, whole, words } from '../../platform/graph/declare.ts';
import type { ComplexType, Declaration, EntityType, Navigation, Property } from '../../platform/graph/model.ts';
import { changeOrganization, createOrganization, removeOrganization } from './commands/organizations.ts';
import { changeSettings } from './commands/settings.ts';
import { addSponsor, removeSponsor } from './commands/sponsors.ts';
import { lifecycleActions, organizationFromBody, organizationStates, type SponsorKind } from './model.ts';
import { daysName, durationName, settingsFromBody, settingsToBeta } from './rules/beta.ts';
import { seesOrganizations, seesSettings } from './rules/organizations.ts';

const needed = { required: true, notNull: true } as const;
const source = (complex: string, properties: Readonly<Record<string, Property>>): ComplexType => ({ complex, properties: { displayName: text({ max: 256 }), ...properties } });

/** What the people of an organization are recognised by. */
const identitySource: ComplexType = {
  complex: 'identitySource', abstract: true, properties: {},
  variants: [
    source('azureActiveDirectoryTenant', { tenantId: guid(needed) }),
    source('crossCloudAzureActiveDirectoryTenant', { cloudInstance: text(needed), tenantId: guid(needed) }),
    source('domainIdentitySource', { domainName: text({ ...needed, max: 253 }) }),
    source('externalDomainFederation', { domainName: text({ ...needed, max: 253 }), issuerUri: text({ ...needed, max: 512, exact: true }) }),
    source('socialIdentitySource', { socialIdentitySourceType: choice(words('socialIdentitySourceType', ['facebook']), needed) }),
  ],
};

/** Whoever sees an organization sees who answers for it. */
const sponsors = (kind: SponsorKind): Navigation => ({
  to: 'directoryObject', many: true, contained: true, addRef: addSponsor(kind), removeRef: removeSponsor(kind),
  join: (from, to) => sql`${col(to, 'id')} = any(array(select s.sponsor_id from organization_sponsors s where s.organization_id = ${col(from, 'id')} and s.kind = ${kind}))`,
});

const connectedOrganization: EntityType = {
  name: 'connectedOrganization',
  table: 'connected_organizations',
  properties: {
    displayName: text({ required: true, notNull: true, max: 256 }),
    description: text(),
    state: choice(words('connectedOrganizationState', organizationStates), { notNull: true }),
    identitySources: list(record(identitySource), { max: 20 }),
    createdDateTime: instant({ column: 'created_at', readOnly: true }),
    modifiedDateTime: instant({ column: 'modified_at', readOnly: true }),
    createdBy: text({ only: 'beta', readOnly: true }),
    modifiedBy: text({ only: 'beta', readOnly: true }),
  },
  navigations: { internalSponsors: sponsors('internal'), externalSponsors: sponsors('external') },
  beta: { fromBody: organizationFromBody },
  visible: (caller) => (seesOrganizations(caller) ? 'all' : 'none'),
  create: createOrganization,
  update: changeOrganization,
  remove: removeOrganization,
  searchable: ['displayName', 'description'],
};

const entitlementManagementSettings: EntityType = {
  name: 'entitlementManagementSettings',
  table: 'entitlement_settings',
  key: { column: 'id', type: 'text' },
  properties: {
    [durationName]: span({ notNull: true }),
    externalUserLifecycleAction: choice(words('accessPackageExternalUserLifecycleAction', lifecycleActions, { betaCase: 'pascal' }), { notNull: true }),
  },
  beta: { rename: { [durationName]: daysName }, fromBody: settingsFromBody, toBeta: settingsToBeta, shape: { [daysName]: whole({ notNull: true }) } },
  visible: (caller) => (seesSettings(caller) ? 'all' : 'none'),
  update: changeSettings,
};

/** Connected organizations and settings. */
export const organizationsDeclaration: Declaration = {
  types: [connectedOrganization, entitlementManagementSettings],
  roots: [
    { path: 'identityGovernance/entitlementManagement/connectedOrganizations', type: 'connectedOrganization' },
    { path: 'identityGovernance/entitlementManagement/settings', type: 'entitlementManagementSettings', singleton: () => 'settings' },
  ],
};
