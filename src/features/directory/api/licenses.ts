/** Licences of people: this server sells none, and says so in Graph's words (licenseDetails). */
import { sql } from 'kysely';
import { flag, guid, list, record, text } from '../../../platform/graph/declare.ts';
import type { ComplexType, EntityType, Navigation, ReadFunction } from '../../../platform/graph/model.ts';

const servicePlanInfo: ComplexType = {
  complex: 'servicePlanInfo', properties: { appliesTo: text(), provisioningStatus: text(), servicePlanId: guid(), servicePlanName: text() },
};
const teamsLicensingDetails: ComplexType = { complex: 'teamsLicensingDetails', properties: { hasTeamsLicense: flag() } };

const getTeamsLicensingDetails: ReadFunction = {
  answers: { value: teamsLicensingDetails },
  read: async () => await Promise.resolve({ answer: 'value', type: teamsLicensingDetails, value: { hasTeamsLicense: false } }),
};

/** A product that a person has: there is none. */
export const licenseDetailsType: EntityType = {
  name: 'licenseDetails', table: 'license_details', key: { column: 'id', type: 'text' },
  properties: { skuId: guid({ readOnly: true }), skuPartNumber: text({ readOnly: true }), servicePlans: list(record(servicePlanInfo), { readOnly: true }) },
  visible: () => 'all',
  collectionFunctions: { getTeamsLicensingDetails },
};

/** Products of a person. */
export const licenseDetails: Navigation = { to: 'licenseDetails', many: true, contained: true, join: () => sql`false` };
