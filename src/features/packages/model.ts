/** An access package: roles that are given and taken together (contract §1.4). */
import type { GrantKind } from '../grants/rules/holding.ts';
import type { OriginSystem } from '../catalogs/model.ts';

/** A package as its commands need it. */
export interface AccessPackage {
  readonly id: string;
  readonly catalogId: string;
  readonly displayName: string;
  readonly description: string | null;
  readonly isHidden: boolean;
  readonly isRoleScopesVisible: boolean;
  readonly uniqueName: string | null;
}

/** One role of a resource, with what decides who can hold it and who may give it. */
export interface OfferedRole {
  readonly roleId: string;
  readonly scopeId: string;
  readonly resourceId: string;
  readonly originSystem: OriginSystem;
  readonly originId: string;
  readonly displayName: string;
  readonly grantKind: GrantKind;
  readonly permissionId: string;
  readonly directoryObjectId: string;
  /** appId of the service principal behind it; null for groups. */
  readonly appId: string | null;
  /** Of an app role; null when it says nothing, or is none. */
  readonly allowedMemberTypes: readonly string[] | null;
  readonly isRoleAssignableGroup: boolean;
}

/** How a client names a role: by ids, or by what it is in the directory. */
export interface AskedRole {
  readonly roleId: string | undefined;
  readonly roleOriginId: string | undefined;
  readonly originSystem: string | undefined;
  readonly resourceId: string | undefined;
  readonly resourceOriginId: string | undefined;
  readonly scopeId: string | undefined;
  readonly scopeOriginId: string | undefined;
}
