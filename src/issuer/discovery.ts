/** Discovery documents of both kinds (OpenID Connect Discovery, RFC 8414) and what MSAL asks of an authority. Pure. */
import { issuerOf, tokenEndpointOf, type IssuerSettings } from './settings.ts';
import { assertionAlgorithms } from './clients/assertion.ts';

type Addresses = Pick<IssuerSettings, 'publicUrl' | 'tenantId' | 'signingAlgorithm'>;

/** The one metadata document; it says the same under every address that it is found at. */
export function metadataOf(settings: Addresses): Readonly<Record<string, unknown>> {
  const base = `${settings.publicUrl}/${settings.tenantId}`;
  return {
    issuer: issuerOf(settings),
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    token_endpoint: tokenEndpointOf(settings),
    jwks_uri: `${base}/discovery/v2.0/keys`,
    end_session_endpoint: `${base}/oauth2/v2.0/logout`,
    response_types_supported: ['code'],
    response_modes_supported: ['query', 'fragment', 'form_post'],
    grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
    token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic', 'private_key_jwt', 'none'],
    token_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
    code_challenge_methods_supported: ['S256'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [settings.signingAlgorithm],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    claims_supported: ['sub', 'iss', 'aud', 'exp', 'iat', 'auth_time', 'nonce', 'name', 'preferred_username', 'oid', 'tid', 'ver'],
    prompt_values_supported: ['none', 'login', 'select_account', 'consent'],
    authorization_response_iss_parameter_supported: true,
    request_parameter_supported: false,
    request_uri_parameter_supported: false,
    claims_parameter_supported: false,
    tenant_region_scope: null,
    cloud_instance_name: new URL(settings.publicUrl).hostname,
  };
}

/** What MSAL asks for when it does not know an authority's host: that it is the only one. */
export function instanceOf(settings: Addresses): Readonly<Record<string, unknown>> {
  const host = new URL(settings.publicUrl).host;
  return {
    tenant_discovery_endpoint: `${issuerOf(settings)}/.well-known/openid-configuration`,
    'api-version': '1.1',
    metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
  };
}
