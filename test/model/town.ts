/** A small organisation as plain objects: what the slow model of the rules looks at. Nothing here is the product's. */

/** Kinds of identity that may receive access. */
export type Kind = 'user' | 'agentUser' | 'servicePrincipal' | 'agentIdentity';

/** Somebody or something that can ask or receive. Ids name identities, groups or organizations of the same town. */
export interface Identity {
  readonly id: string;
  readonly name: string;
  readonly kind: Kind;
  readonly isGuest?: boolean;
  /** The connected organization that a guest comes from. */
  readonly organization?: string;
  readonly isDisabled?: boolean;
  readonly isDeleted?: boolean;
  readonly manager?: string;
  /** People or groups that answer for it. */
  readonly sponsors?: readonly string[];
  readonly owners?: readonly string[];
  /** Owners of the application behind a service principal. */
  readonly applicationOwners?: readonly string[];
  /** The agent identity that an agent user belongs to. */
  readonly agent?: string;
  /** Works as an administrator of all packages, or manages assignments of these catalogs. */
  readonly administers?: 'everything' | readonly string[];
}

/** A group. A membership that has ended is none. */
export interface Group {
  readonly id: string;
  readonly name: string;
  /** Identities and groups. */
  readonly members: readonly string[];
  readonly formerMembers?: readonly string[];
  readonly isDeleted?: boolean;
}

/** A connected organization and who answers for it. */
export interface Organization {
  readonly id: string;
  readonly name: string;
  readonly state: 'configured' | 'proposed';
  readonly domain: string;
  readonly internalSponsors: readonly string[];
  readonly externalSponsors: readonly string[];
}

/** Everybody. */
export interface Town {
  readonly identities: readonly Identity[];
  readonly groups: readonly Group[];
  readonly organizations: readonly Organization[];
}

/** Somebody, or everybody in a relation, as a policy names them: `of` is the id for the sets that name one, `level` for managers. */
export interface SubjectSet {
  readonly set:
    | 'singleUser' | 'groupMembers' | 'connectedOrganizationMembers' | 'singleServicePrincipal' | 'requestorManager' | 'targetManager' | 'internalSponsors'
    | 'externalSponsors' | 'targetUserSponsors' | 'targetApplicationOwners' | 'targetAgentIdentitySponsorsOrOwners';
  readonly of?: string;
  readonly level?: number;
}

/** Who may receive, in Graph's words. */
export type Scope =
  | 'notSpecified' | 'specificDirectoryUsers' | 'specificConnectedOrganizationUsers' | 'specificDirectoryServicePrincipals' | 'allMemberUsers' | 'allDirectoryUsers'
  | 'allDirectoryServicePrincipals' | 'allConfiguredConnectedOrganizationUsers' | 'allExternalUsers' | 'allDirectoryAgentIdentities';

/** What somebody may wish. */
export type Wish = 'Add' | 'Update' | 'Remove';

/** A stage of approval. */
export interface StageShape {
  readonly primary: readonly SubjectSet[];
  readonly fallback: readonly SubjectSet[];
  /** How many different people must approve; one when left out. */
  readonly required?: number;
}

/** A question that a policy asks. */
export interface Asks {
  readonly id: string;
  readonly isRequired: boolean;
}

/** A policy. */
export interface Shape {
  readonly id: string;
  readonly scope: Scope;
  readonly targets: readonly SubjectSet[];
  readonly requestors: readonly SubjectSet[];
  readonly self: readonly Wish[];
  readonly onBehalf: readonly Wish[];
  readonly approvalFor: readonly Wish[];
  readonly wantsJustification: boolean;
  readonly stages: readonly StageShape[];
  readonly questions?: readonly Asks[];
}

/** What a package holds: one role of this sort. */
export type Content = 'group' | 'roleAssignableGroup' | 'apiPermission' | 'anyRole' | 'applicationRole' | 'userRole';

/** A package with its policies. */
export interface Package {
  readonly id: string;
  readonly name: string;
  readonly catalog: string;
  readonly isHiddenAway: boolean;
  readonly content: Content;
  readonly policies: readonly Shape[];
  /** Identities that have it already, and those whose request for it is open. */
  readonly holders: readonly string[];
  readonly waiting: readonly string[];
  /** Groups whose members cannot have it, and identities that hold a package that excludes it. */
  readonly excludedGroups: readonly string[];
  readonly excludedHolders: readonly string[];
}
