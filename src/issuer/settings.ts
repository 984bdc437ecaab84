/** What the issuer is told by the composition root, and the addresses that follow from it. */
import type { Db } from '../platform/db/database.ts';
import type { Log } from '../platform/log/log.ts';
import type { TokenLimits } from './token-limits.ts';

/** One installation's issuer. */
export interface IssuerSettings {
  readonly db: Db;
  readonly log: Log;
  /** Origin and path prefix without a slash at the end. */
  readonly publicUrl: string;
  /** Id of the one tenant. */
  readonly tenantId: string;
  /** Longest life of an access token in seconds. */
  readonly tokenLifetimeSeconds: number;
  readonly signingAlgorithm: 'RS256' | 'ES256';
  /** Age in days at which the next signing key takes over. */
  readonly keyRotationDays: number;
  /** undefined: nobody is held back. */
  readonly limits?: TokenLimits | undefined;
}

/** `iss` of every token: one issuer, whatever tenant word the client used. */
export const issuerOf = ({ publicUrl, tenantId }: Pick<IssuerSettings, 'publicUrl' | 'tenantId'>): string => `${publicUrl}/${tenantId}/v2.0`;

/** The token endpoint as the discovery document names it. */
export const tokenEndpointOf = ({ publicUrl, tenantId }: Pick<IssuerSettings, 'publicUrl' | 'tenantId'>): string => `${publicUrl}/${tenantId}/oauth2/v2.0/token`;
