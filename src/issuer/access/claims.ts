/** What is written into a token: Entra's v2.0 claims (contract §3) and the standard ones. Pure. */
import type { JWTPayload } from 'jose';
import type { TokenContents } from './rules.ts';

/** How the client proved itself, as Entra counts: 0 not at all, 1 by a secret, 2 by an assertion. */
export type ClientProof = '0' | '1' | '2';

/** What the claims need besides the contents. `aud` is always the resource's appId, whatever requestedAccessTokenVersion says. */
export interface ClaimContext {
  readonly issuer: string;
  readonly tenantId: string;
  /** appId of the client; for agents the agent's own. */
  readonly clientAppId: string;
  readonly proof: ClientProof;
  /** Name of the client through which a person acts. */
  readonly clientName?: string | null;
  /** Object id of the client's service principal: our own API needs it to look again at what is granted. */
  readonly clientPrincipalId?: string;
  /** Unique id of the token. */
  readonly id: string;
}

/** The claims of an access token for a workload or an agent. */
export function workloadClaims(contents: TokenContents, context: ClaimContext): JWTPayload {
  const { principal } = contents;
  return {
    ...shared(contents, context), idtyp: 'app',
    ...(principal.displayName !== null && { app_displayname: principal.displayName }),
    ...(principal.blueprintAppId !== null && agentClaims(principal.blueprintAppId)),
  };
}

/**
 * The claims of an access token for a person who acts through a client. Entra's names for the same thing come side by side:
 * the CLI for Microsoft 365 reads `upn` and `app_displayname`, the PowerShell SDK `unique_name` and the names too.
 */
export function personClaims(contents: TokenContents, context: ClaimContext): JWTPayload {
  const { displayName, userPrincipalName, givenName, surname } = contents.principal;
  return {
    ...shared(contents, context), idtyp: 'user', scp: contents.scopes.join(' '),
    ...(context.clientPrincipalId !== undefined && { xms_client_oid: context.clientPrincipalId }),
    ...(displayName !== null && { name: displayName }),
    ...(userPrincipalName !== null && { preferred_username: userPrincipalName, upn: userPrincipalName, unique_name: userPrincipalName }),
    ...(givenName !== null && { given_name: givenName }), ...(surname !== null && { family_name: surname }),
    ...(typeof context.clientName === 'string' && { app_displayname: context.clientName }),
  };
}

/**
 * What Entra writes for agents (its page "Token claims reference for agents"): `xms_par_app_azp` names the blueprint; the
 * facets and the relation 7 (a service principal of this tenant) are those of its sample of an agent that acts by itself.
 */
const agentClaims = (blueprintAppId: string): JWTPayload => ({
  xms_par_app_azp: blueprintAppId, xms_idrel: '7', xms_tnt_fct: '3 9', xms_sub_fct: '9 3 11', xms_act_fct: '3 9 11',
});

function shared(contents: TokenContents, { issuer, tenantId, clientAppId, proof, id }: ClaimContext): JWTPayload {
  const { principal, resource, roles, issuedAt, expiresAt } = contents;
  return {
    iss: issuer, aud: resource.appId, sub: principal.id, oid: principal.id, tid: tenantId,
    appid: clientAppId, azp: clientAppId, appidacr: proof, azpacr: proof,
    iat: issuedAt, nbf: issuedAt, exp: expiresAt, jti: id, uti: id, ver: '2.0', ...(roles.length > 0 && { roles: [...roles] }),
  };
}
