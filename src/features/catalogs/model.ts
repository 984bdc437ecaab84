/** A catalog holds the resources that its owners may give away in packages (contract §1.4, §2.4). */
import type { JsonRecord } from '../../kernel/json.ts';

/** Kinds of resource that this server delivers: each is an object of the directory. */
export const directoryOrigins = ['AadGroup', 'AadApplication', 'OAuthApplication'] as const;
export type DirectoryOrigin = (typeof directoryOrigins)[number];

/** A system outside the directory whose access data is uploaded for reviews. Nothing is delivered to it. */
export const uploadedOrigin = 'CustomDataProvidedResource';

/** Kinds of resource that a catalog holds. */
export const originSystems = [...directoryOrigins, uploadedOrigin] as const;
export type OriginSystem = (typeof originSystems)[number];

/** A catalog as its commands need it. */
export interface Catalog {
  readonly id: string;
  readonly displayName: string;
  readonly description: string | null;
  readonly state: 'unpublished' | 'published';
  readonly isExternallyVisible: boolean;
  readonly privilegeLevel: PrivilegeLevel;
  readonly uniqueName: string | null;
}

/** A privileged catalog gives away what makes its holders powerful: few may change it (decision 0005). */
export type PrivilegeLevel = 'standard' | 'privileged';

/** A resource of a catalog. */
export interface CatalogResource {
  readonly id: string;
  readonly catalogId: string;
  readonly originSystem: OriginSystem;
  readonly originId: string;
  readonly displayName: string;
  readonly description: string | null;
  /** The group or service principal behind it; null when its data is uploaded. */
  readonly directoryObjectId: string | null;
  /** The environment of a connector; null for that of its origin system. */
  readonly externalEnvironmentId: string | null;
  /** Whom to call when a review of it begins, as v1.0 words it; null for nobody. */
  readonly notificationEndpoint: JsonRecord | null;
}

/** What a resource request asks for: a resource by id, or by what it is in its origin system. Undefined: not said. */
export interface AskedResource {
  readonly id: string | undefined;
  readonly originSystem: OriginSystem | undefined;
  readonly originId: string | undefined;
  readonly displayName: string | undefined;
  /** null takes it away. */
  readonly description: string | null | undefined;
  readonly environment: { readonly id: string | undefined; readonly originId: string | undefined } | undefined;
  /** null takes it away. */
  readonly notificationEndpoint: JsonRecord | null | undefined;
}

/** The object behind a resource that somebody wants to add. */
export interface OriginObject {
  readonly id: string;
  readonly displayName: string;
  readonly description: string | null;
  /** A group that can be given directory roles. */
  readonly isRoleAssignable: boolean;
  readonly isOwnedByCaller: boolean;
  /** The caller may read it in the directory. */
  readonly isSeenByCaller: boolean;
}
