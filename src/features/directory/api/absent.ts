/**
 * Kinds of directory objects that Graph knows and this directory never holds (the table's check constraint says so): devices,
 * mail contacts, administrative units, endpoints. Declared, so that asking for those among members, owners or reports answers
 * that there are none, as it does in a tenant without any.
 */
import { sql } from 'kysely';
import { any, flag, instant, list, text, whole } from '../../../platform/graph/declare.ts';
import type { EntityType, Property } from '../../../platform/graph/model.ts';
import { visibleObjects } from '../store/visibility.ts';

const texts = (...names: readonly string[]): Record<string, Property> => Object.fromEntries(names.map((name) => [name, text({ readOnly: true, sql: () => sql`null::text` })]));
const flags = (...names: readonly string[]): Record<string, Property> => Object.fromEntries(names.map((name) => [name, flag({ readOnly: true, sql: () => sql`null::boolean` })]));
const instants = (...names: readonly string[]): Record<string, Property> => Object.fromEntries(names.map((name) => [name, instant({ readOnly: true, sql: () => sql`null::timestamptz` })]));
const lists = (of: Property, ...names: readonly string[]): Record<string, Property> => Object.fromEntries(names.map((name) => [name, list(of, { readOnly: true, sql: () => sql`'[]'::jsonb` })]));

const absent = (name: string, properties: EntityType['properties']): EntityType => ({ name, base: 'directoryObject', saysType: true, table: 'directory_objects', discriminator: name, properties, visible: visibleObjects });

/** They come after all others: where two types have a property of one name, the first is asked. */
export const absentTypes: readonly EntityType[] = [
  absent('administrativeUnit', { ...texts('description', 'displayName', 'membershipRule', 'membershipRuleProcessingState', 'membershipType', 'visibility'), ...flags('isMemberManagementRestricted') }),
  absent('orgContact', {
    ...texts('companyName', 'department', 'displayName', 'givenName', 'jobTitle', 'mail', 'mailNickname', 'surname'), ...flags('onPremisesSyncEnabled'), ...instants('onPremisesLastSyncDateTime'),
    ...lists(any(), 'addresses', 'onPremisesProvisioningErrors', 'phones', 'serviceProvisioningErrors'), ...lists(text(), 'proxyAddresses'),
  }),
  absent('device', {
    ...texts('deviceCategory', 'deviceId', 'deviceMetadata', 'deviceOwnership', 'displayName', 'enrollmentProfileName', 'enrollmentType', 'managementType', 'manufacturer', 'mdmAppId', 'model', 'onPremisesSecurityIdentifier', 'operatingSystem', 'operatingSystemVersion', 'profileType', 'trustType'),
    ...flags('accountEnabled', 'isCompliant', 'isManaged', 'isManagementRestricted', 'isRooted', 'onPremisesSyncEnabled'), deviceVersion: whole({ readOnly: true, sql: () => sql`null::integer` }),
    ...instants('approximateLastSignInDateTime', 'complianceExpirationDateTime', 'onPremisesLastSyncDateTime', 'registrationDateTime'), ...lists(any(), 'alternativeSecurityIds'), ...lists(text(), 'physicalIds', 'systemLabels'),
  }),
  absent('endpoint', texts('capability', 'providerId', 'providerName', 'providerResourceId', 'uri')),
];
