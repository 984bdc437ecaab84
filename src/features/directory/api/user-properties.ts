/** Plain properties of users, in Graph's names. What decides anything has a column; the rest lies in the bag. */
import { any, flag, guid, inBag, instant, list, record, text, whole } from '../../../platform/graph/declare.ts';
import type { ComplexType, Property } from '../../../platform/graph/model.ts';

const passwordProfile: ComplexType = {
  complex: 'passwordProfile',
  properties: { password: text({ writeOnly: true, max: 256 }), forceChangePasswordNextSignIn: flag(), forceChangePasswordNextSignInWithMfa: flag() },
};

const assignedLicense: ComplexType = { complex: 'assignedLicense', properties: { disabledPlans: list(guid()), skuId: guid() } };
const objectIdentity: ComplexType = { complex: 'objectIdentity', properties: { issuer: text(), issuerAssignedId: text(), signInType: text() } };
const employeeOrgData: ComplexType = { complex: 'employeeOrgData', properties: { costCenter: text(), division: text() } };

/** The fifteen free attributes that came with the directory from elsewhere; also on groups. */
export const onPremisesExtensionAttributes: ComplexType = {
  complex: 'onPremisesExtensionAttributes',
  properties: Object.fromEntries(Array.from({ length: 15 }, (_, index) => [`extensionAttribute${index + 1}`, text()])),
};

const about = inBag({
  aboutMe: text({ hidden: true, max: 8000 }), ageGroup: text(), birthday: instant({ hidden: true }), businessPhones: list(text()), city: text(), companyName: text(),
  consentProvidedForMinor: text(), country: text(), department: text(), faxNumber: text(), givenName: text(), jobTitle: text(), imAddresses: list(text()),
  interests: list(text(), { hidden: true }), legalAgeGroupClassification: text({ readOnly: true }), mail: text(), mobilePhone: text(), mySite: text({ hidden: true }),
  officeLocation: text(), otherMails: list(text()), pastProjects: list(text(), { hidden: true }), postalCode: text(), preferredLanguage: text(),
  preferredName: text({ hidden: true }), responsibilities: list(text(), { hidden: true }), schools: list(text(), { hidden: true }), skills: list(text(), { hidden: true }),
  state: text(), streetAddress: text(), surname: text(), usageLocation: text(),
});

const employment = inBag({
  employeeHireDate: instant(), employeeId: text({ max: 16 }), employeeLeaveDateTime: instant(), employeeOrgData: record(employeeOrgData), employeeType: text(),
  hireDate: instant({ hidden: true }), externalUserState: text(), externalUserStateChangeDateTime: instant({ readOnly: true }),
});

const account = inBag({
  assignedLicenses: list(record(assignedLicense), { readOnly: true }), assignedPlans: list(any(), { readOnly: true }), authorizationInfo: any(),
  creationType: text({ readOnly: true }), customSecurityAttributes: any({ hidden: true }), deviceEnrollmentLimit: whole({ hidden: true }), identities: list(record(objectIdentity)),
  infoCatalogs: list(text()), isManagementRestricted: flag({ readOnly: true }), isResourceAccount: flag(), lastPasswordChangeDateTime: instant({ readOnly: true }),
  licenseAssignmentStates: list(any(), { readOnly: true }), mailboxSettings: any({ hidden: true }), mailNickname: text({ max: 64 }), passwordPolicies: text(),
  preferredDataLocation: text(), print: any({ hidden: true }), provisionedPlans: list(any(), { readOnly: true }), proxyAddresses: list(text(), { readOnly: true }),
  securityIdentifier: text({ readOnly: true }), serviceProvisioningErrors: list(any(), { readOnly: true }), showInAddressList: flag(),
  signInActivity: any({ readOnly: true, hidden: true }), signInSessionsValidFromDateTime: instant({ readOnly: true }), userType: text({ default: 'Member' }),
  refreshTokensValidFromDateTime: instant({ readOnly: true, only: 'beta' }), deviceKeys: list(any(), { readOnly: true, only: 'beta' }),
  cloudLicensing: any({ readOnly: true, hidden: true, only: 'beta' }), cloudRealtimeCommunicationInfo: any({ readOnly: true, hidden: true, only: 'beta' }),
});

/** What came from another directory; on users and groups. */
export const fromElsewhere = inBag({
  onPremisesDomainName: text({ readOnly: true }), onPremisesLastSyncDateTime: instant({ readOnly: true }), onPremisesProvisioningErrors: list(any(), { readOnly: true }),
  onPremisesSamAccountName: text({ readOnly: true }), onPremisesSecurityIdentifier: text({ readOnly: true }), onPremisesSyncEnabled: flag({ readOnly: true }),
  onPremisesExtensionAttributes: record(onPremisesExtensionAttributes),
});

const userFromElsewhere = inBag({
  onPremisesDistinguishedName: text({ readOnly: true }), onPremisesImmutableId: text(), onPremisesUserPrincipalName: text({ readOnly: true }),
});

/** Every property of a user. An agent user has no password and needs none; see agents. */
export const userProperties: Readonly<Record<string, Property>> = {
  ...about, ...employment, ...account, ...fromElsewhere, ...userFromElsewhere,
  mailNickname: text({ bag: true, required: true, max: 64 }),
  displayName: text({ required: true, notNull: true, max: 256 }),
  userPrincipalName: text({ required: true, notNull: true, max: 318 }),
  accountEnabled: flag({ required: true, notNull: true }),
  createdDateTime: instant({ column: 'created_at', readOnly: true }),
  identityParentId: guid({ immutable: true }),
  passwordProfile: record(passwordProfile, { writeOnly: true }),
};
