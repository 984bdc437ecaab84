/**
 * An environment is where resources live: the directory itself, one environment for each of its origin systems, or a
 * system outside that a connector reaches (Graph's accessPackageResourceEnvironment, externalOriginResourceConnector).
 */
import type { JsonRecord } from '../../kernel/json.ts';

/** Where a resource lives. */
export interface Environment {
  readonly id: string;
  readonly originSystem: string;
  readonly displayName: string;
  /** False for the environment of a connector. */
  readonly isDefault: boolean;
}

/** SAP Cloud Identity Access Governance, and SAP Access Control. */
export const connectorTypes = ['sapIag', 'sapAc'] as const;
export type ConnectorType = (typeof connectorTypes)[number];

/** How a system outside the directory is reached. */
export interface Connector {
  readonly id: string;
  readonly displayName: string;
  readonly description: string;
  readonly connectorType: ConnectorType;
  /** As v1.0 words it: addresses, and where a secret is kept. Never a secret itself. */
  readonly connectionInfo: JsonRecord;
}
