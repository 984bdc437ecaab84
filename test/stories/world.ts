/** What a story can do and see, whatever it is played on. Everybody and everything goes by its name in the story. */
import type { Running } from './running.ts';
import type { Served } from './served.ts';
import type { Identity, SubjectSet, Wish, Scope } from '../model/town.ts';

/** How deep a story is played. */
export type Depth = 'tables' | 'commands' | 'http';

/** One stage of approval. `lasts`: ISO 8601. */
export interface StagePlan {
  readonly primary: readonly SubjectSet[];
  readonly fallback: readonly SubjectSet[];
  readonly lasts: string;
  readonly wantsReason: boolean;
  /** How many different people must approve. */
  readonly required: number;
  /** A program names the approvers when the stage opens; those who stand in are asked when it names nobody in time. */
  readonly isDynamic: boolean;
  /** Who is asked besides, and after how long (ISO 8601). */
  readonly escalation: { readonly after: string; readonly to: readonly SubjectSet[] } | undefined;
}

/** A question of a policy. */
export interface QuestionPlan {
  readonly text: string;
  readonly isRequired: boolean;
  /** An answer that was given stays. */
  readonly isFixed: boolean;
  /** Regular expression that an answer follows. */
  readonly pattern: string | undefined;
  /** What may be chosen; nothing: free text. */
  readonly choices: readonly string[];
}

/** A policy as a story words it; the subject sets name by the story's names. */
export interface PolicyPlan {
  readonly packageName: string;
  readonly name: string;
  readonly scope: Scope;
  readonly targets: readonly SubjectSet[];
  readonly requestors: readonly SubjectSet[];
  readonly self: readonly Wish[];
  readonly onBehalf: readonly Wish[];
  readonly approvalFor: readonly Wish[];
  readonly stages: readonly StagePlan[];
  readonly wantsReason: boolean;
  readonly allowsOwnTimes: boolean;
  /** ISO 8601; undefined: for ever. */
  readonly lasts: string | undefined;
  /** What whoever asks has to answer. */
  readonly question: QuestionPlan | undefined;
  /** A program that is asked before anything else, and for how long it is waited for (ISO 8601). */
  readonly program: string | undefined;
}

/** What is in a package. */
export type Content = 'an application role' | 'an API permission' | 'a role-assignable group';

/** What somebody asks for. `from` and `until` are milliseconds from now. */
export interface Asking {
  readonly type: 'userAdd' | 'adminAdd' | 'userUpdate' | 'adminUpdate' | 'userRemove' | 'adminRemove' | 'approverRemove';
  readonly packageName: string;
  /** For whom; the caller itself where it is left out. */
  readonly target?: string | undefined;
  readonly policy?: string | undefined;
  readonly because?: string | undefined;
  readonly answer?: string | undefined;
  readonly from?: number | undefined;
  readonly until?: number | undefined;
}

/** Codes of the reasons of a refusal; undefined: it was taken. */
export type Refused = readonly string[] | undefined;

/** A stage as it is now. */
export interface StageNow {
  readonly status: string;
  readonly approvers: readonly string[];
}

/** Where a request is, with the codes of what went wrong. */
export interface RequestNow {
  readonly state: string;
  readonly codes: readonly string[];
  readonly stages: readonly StageNow[];
}

/** Access that somebody has. `endsIn`: milliseconds from now; undefined: never. */
export interface Held {
  readonly endsIn: number | undefined;
}

/** Somebody who comes into a story; everybody that is named is there already. */
export type NewIdentity = Pick<Identity, 'name' | 'kind' | 'isGuest' | 'organization' | 'sponsors' | 'owners'>;

/** The world of one story. */
export interface World {
  readonly depth: Depth;
  /** Not on tables, which hold no directory that changes and no clock of a server. */
  readonly running?: Running;
  /** Over HTTP only. */
  readonly served?: Served;
  addIdentity(one: NewIdentity): Promise<void>;
  addGroup(name: string, members: readonly string[]): Promise<void>;
  addOrganization(name: string, state: 'configured' | 'proposed'): Promise<void>;
  setManager(who: string, manager: string): Promise<void>;
  addSponsor(who: string, sponsor: string): Promise<void>;
  /** Who answers for an organization: people of the house, or of the organization itself. */
  addOrganizationSponsor(organization: string, sponsor: string, kind: 'internal' | 'external'): Promise<void>;
  leaveGroup(who: string, group: string): Promise<void>;
  /** Administers everything, or manages assignments or owns the catalog of the stories. */
  giveRole(who: string, role: 'administrator' | 'assignment manager' | 'catalog owner'): Promise<void>;
  addPackage(name: string, how: { readonly isPublished: boolean; readonly content: Content }): Promise<void>;
  excludePackage(name: string, other: string): Promise<void>;
  excludeGroup(name: string, group: string): Promise<void>;
  addPolicy(plan: PolicyPlan): Promise<void>;
  disable(who: string): Promise<void>;
  remove(who: string): Promise<void>;
  /** An approver names who decides in their place, for so many milliseconds. */
  nameSubstitute(who: string, substitute: string, milliseconds: number): Promise<Refused>;
  ask(who: string, asking: Asking): Promise<Refused>;
  /** About the request that was made last. */
  decide(who: string, decision: { readonly result: 'Approve' | 'Deny'; readonly because?: string | undefined }): Promise<Refused>;
  cancel(who: string): Promise<Refused>;
  pass(milliseconds: number): Promise<void>;
  request(): Promise<RequestNow>;
  held(who: string, packageName: string): Promise<Held | undefined>;
}
