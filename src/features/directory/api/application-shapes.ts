/** Structured values of applications and service principals, as Graph's v1.0 metadata declares them. */
import { any, binary, choice, flag, guid, instant, list, record, text, whole, words } from '../../../platform/graph/declare.ts';
import type { ComplexType, Property } from '../../../platform/graph/model.ts';

const complex = (name: string, properties: Readonly<Record<string, Property>>, more: Partial<ComplexType> = {}): ComplexType => ({ complex: name, properties, ...more });
/** A collection inside a value of which a change may name some members only: absent it arrives as null, not as []. */
const optionalList = (property: Property): Property => ({ ...property, collection: true, default: null });
const longText = { max: 10_000 } as const;

/** appRole. */
export const appRole = complex('appRole', {
  allowedMemberTypes: list(text()), description: text(longText), displayName: text(), id: guid({ required: true, notNull: true }),
  isEnabled: flag({ default: true, notNull: true }), origin: text({ readOnly: true }), value: text(),
}, { lenient: true });

/** permissionScope. */
export const permissionScope = complex('permissionScope', {
  adminConsentDescription: text(longText), adminConsentDisplayName: text(), id: guid({ required: true, notNull: true }), isEnabled: flag({ default: true, notNull: true }),
  origin: text({ readOnly: true }), type: text(), userConsentDescription: text(longText), userConsentDisplayName: text(), value: text(),
}, { lenient: true });

const preAuthorizedApplication = complex('preAuthorizedApplication', { appId: text(), delegatedPermissionIds: list(text()) });

/** apiApplication. */
export const apiApplication = complex('apiApplication', {
  acceptMappedClaims: flag(), knownClientApplications: optionalList(guid()), oauth2PermissionScopes: { ...optionalList(record(permissionScope)), max: 5000 },
  preAuthorizedApplications: optionalList(record(preAuthorizedApplication)), requestedAccessTokenVersion: whole(),
});

const implicitGrantSettings = complex('implicitGrantSettings', { enableAccessTokenIssuance: flag(), enableIdTokenIssuance: flag() });
const redirectUriSettings = complex('redirectUriSettings', { index: whole(), uri: text() });
const redirectUris = optionalList(text({ max: 2048 }));

/** webApplication. */
export const webApplication = complex('webApplication', {
  homePageUrl: text(), implicitGrantSettings: record(implicitGrantSettings), logoutUrl: text(), redirectUris, redirectUriSettings: optionalList(record(redirectUriSettings)),
});
/** spaApplication. */
export const spaApplication = complex('spaApplication', { redirectUris });
/** publicClientApplication. */
export const publicClientApplication = complex('publicClientApplication', { redirectUris });

const resourceAccess = complex('resourceAccess', { id: guid({ required: true, notNull: true }), type: text({ required: true }) });
/** requiredResourceAccess. */
export const requiredResourceAccess = complex('requiredResourceAccess', { resourceAccess: list(record(resourceAccess)), resourceAppId: text({ required: true, notNull: true }) });

const optionalClaim = complex('optionalClaim', { additionalProperties: list(text()), essential: flag({ default: false }), name: text({ required: true }), source: text() });
/** optionalClaims. */
export const optionalClaims = complex('optionalClaims', { accessToken: list(record(optionalClaim)), idToken: list(record(optionalClaim)), saml2Token: list(record(optionalClaim)) });

/** informationalUrl. */
export const informationalUrl = complex('informationalUrl', { logoUrl: text({ readOnly: true }), marketingUrl: text(), privacyStatementUrl: text(), supportUrl: text(), termsOfServiceUrl: text() });
/** parentalControlSettings. */
export const parentalControlSettings = complex('parentalControlSettings', { countriesBlockedForMinors: list(text()), legalAgeGroupRule: text() });
/** certification. */
export const certification = complex('certification', {
  certificationDetailsUrl: text(), certificationExpirationDateTime: instant(), isCertifiedByMicrosoft: flag(), isPublisherAttested: flag(), lastCertificationDateTime: instant(),
});
/** requestSignatureVerification. */
export const requestSignatureVerification = complex('requestSignatureVerification', { allowedWeakAlgorithms: text(), isSignedRequestRequired: flag({ default: false }) });
/** servicePrincipalLockConfiguration. */
export const lockConfiguration = complex('servicePrincipalLockConfiguration', {
  allProperties: flag(), credentialsWithUsageSign: flag(), credentialsWithUsageVerify: flag(), isEnabled: flag({ default: false }), tokenEncryptionKeyId: flag(),
});
/** verifiedPublisher. */
export const verifiedPublisher = complex('verifiedPublisher', { addedDateTime: instant(), displayName: text(), verifiedPublisherId: text() });
const keyValue = complex('keyValue', { key: text(), value: text() });
/** addIn. */
export const addIn = complex('addIn', { id: guid(), properties: list(record(keyValue)), type: text({ required: true }) });
/** authenticationBehaviors. */
export const authenticationBehaviors = complex('authenticationBehaviors', { blockAzureADGraphAccess: flag(), removeUnverifiedEmailClaim: flag(), requireClientServicePrincipal: flag() });
/** resourceSpecificPermission. */
export const resourceSpecificPermission = complex('resourceSpecificPermission', { description: text(), displayName: text(), id: guid(), isEnabled: flag(), value: text() });
/** samlSingleSignOnSettings. */
export const samlSettings = complex('samlSingleSignOnSettings', { relayState: text() });

/** passwordCredential. The secret is answered once, by addPassword. */
export const passwordCredential = complex('passwordCredential', {
  customKeyIdentifier: binary(), displayName: text(), endDateTime: instant(), hint: text(), keyId: guid(), secretText: text(), startDateTime: instant(),
});
/** keyCredential. `key` is never answered. */
export const keyCredential = complex('keyCredential', {
  customKeyIdentifier: binary(), displayName: text(), endDateTime: instant(), key: { ...binary(), max: 20_000 }, keyId: guid(), startDateTime: instant(), type: text(), usage: text(),
});

const scopeKind = words('scopeCollectionKind', ['scopeKindNotSet', 'enumerated', 'allAllowed', 'none', 'unknownFutureValue']);
const kind = { kind: choice(scopeKind, { readOnly: true, default: undefined }) };
/** inheritableScopes. */
export const inheritableScopes = complex('inheritableScopes', kind, {
  abstract: true, variants: [complex('allAllowedScopes', {}), complex('enumeratedScopes', { scopes: list(text()) }), complex('noScopes', {})],
});
/** inheritableRoles: in the documentation only, not in the metadata (contract §3). */
export const inheritableRoles = complex('inheritableRoles', { kind: any({ readOnly: true }) }, { abstract: true, variants: [complex('allAllowedRoles', {}), complex('noRoles', {})] });
