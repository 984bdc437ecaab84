/** Who a client is and by what it can prove it: one statement. */
import type { JWK } from 'jose';
import { sql } from 'kysely';
import type { Executor } from '../../platform/db/database.ts';
import { maybe } from '../../platform/db/transaction.ts';

/** A public key of a client, in force now. */
export interface ClientKey {
  readonly jwk: JWK | null;
  readonly thumbprint: string | null;
}

/** An identity of another issuer that may act as the client. */
export interface FederatedIdentity {
  readonly issuer: string;
  readonly subject: string;
  readonly audiences: readonly string[];
}

/** A client with everything that it can prove itself by. Holds hashes and public keys only. */
export interface Client {
  /** Object id of its service principal. */
  readonly principalId: string;
  readonly type: 'servicePrincipal' | 'agentIdentity' | 'agentIdentityBlueprintPrincipal';
  readonly appId: string;
  readonly blueprintAppId: string | null;
  readonly displayName: string | null;
  /** Hex SHA-256 of each secret that is in force. */
  readonly secretHashes: readonly string[];
  readonly keys: readonly ClientKey[];
  readonly federated: readonly FederatedIdentity[];
  readonly redirectUris: { readonly web: readonly string[]; readonly spa: readonly string[]; readonly native: readonly string[] };
  readonly isFallbackPublic: boolean;
}

/**
 * The client that goes by `clientId`: appId of an application with a service principal, or an agent's id. Credentials of
 * the application and of its service principal count; an agent has none. Disabled ones are found too: see `readAccess`.
 */
export async function findClient(executor: Executor, clientId: string): Promise<Client | undefined> {
  return await maybe(executor, sql<Client>`
    select p.id as "principalId", p.type, p.app_id as "appId", p.blueprint_app_id as "blueprintAppId", p.display_name as "displayName",
      c.secrets as "secretHashes", c.keys, f.federated,
      json_build_object('web', ${uris('web')}, 'spa', ${uris('spa')}, 'native', ${uris('publicClient')}) as "redirectUris",
      coalesce(a.data @> '{"isFallbackPublicClient": true}', false) as "isFallbackPublic"
    from directory_objects p
    left join directory_objects a on a.app_id = p.app_id and a.type in ('application', 'agentIdentityBlueprint') and a.deleted_at is null
    cross join lateral (
      select coalesce(json_agg(encode(k.secret_sha256, 'hex')) filter (where k.kind = 'password'), '[]') as secrets,
             coalesce(json_agg(json_build_object('jwk', k.public_jwk, 'thumbprint', k.thumbprint)) filter (where k.kind = 'key'), '[]') as keys
        from credentials k where k.owner_id in (a.id, p.id) and k.starts_at <= now() and k.ends_at > now()) c
    cross join lateral (
      select coalesce(json_agg(json_build_object('issuer', i.issuer, 'subject', i.subject, 'audiences', i.audiences)), '[]') as federated
        from federated_identity_credentials i where i.application_id = a.id) f
    where (p.id, p.type) in (
      select o.id, o.type from directory_objects o where o.app_id = ${clientId}::uuid and o.deleted_at is null
         and o.type in ('servicePrincipal', 'agentIdentity', 'agentIdentityBlueprintPrincipal')
      union
      select o.id, o.type from directory_objects o where o.id = ${clientId}::uuid and o.deleted_at is null and o.type = 'agentIdentity')
    limit 1`);
}

/** Whether `agentId` is an agent of this blueprint that may get tokens, with a blueprint that may. */
export async function isLivingAgentOf(executor: Executor, agentId: string, blueprintAppId: string): Promise<boolean> {
  const found = await maybe(executor, sql<{ found: boolean }>`
    select true as found from directory_objects
     where id = ${agentId}::uuid and type = 'agentIdentity' and blueprint_app_id = ${blueprintAppId}::uuid and account_enabled and deleted_at is null`);
  return found !== undefined;
}

const uris = (member: 'web' | 'spa' | 'publicClient') => sql`coalesce(nullif(a.data -> ${sql.lit(member)} -> 'redirectUris', 'null'), '[]')`;
