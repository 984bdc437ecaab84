/** A catalog holds the resources that its owners may give away in packages (contract §1.4, §2.4). */

/** Kinds of resource that this server delivers. */
export const originSystems = ['AadGroup', 'AadApplication', 'OAuthApplication'] as const;
export type OriginSystem = (typeof originSystems)[number];

/** A catalog as its commands need it. */
export interface Catalog {
  readonly id: string;
  readonly displayName: string;
  readonly description: string | null;
  readonly state: 'unpublished' | 'published';
  readonly isExternallyVisible: boolean;
  readonly privilegeLevel: 'standard' | 'privileged';
  readonly uniqueName: string | null;
}

/** A resource of a catalog. */
export interface CatalogResource {
  readonly id: string;
  readonly catalogId: string;
  readonly originSystem: OriginSystem;
  readonly originId: string;
  readonly displayName: string;
  /** The group or service principal behind it. */
  readonly directoryObjectId: string;
}

/** What a resource request asks for: a resource by id, or by what it is in the directory. */
export interface AskedResource {
  readonly id: string | undefined;
  readonly originSystem: OriginSystem | undefined;
  readonly originId: string | undefined;
  readonly displayName: string | undefined;
  readonly description: string | undefined;
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
