/** What runs by itself in a story, or beside it: rules that assign, contents that change, deliveries that fail, programs that are asked. On PostgreSQL and over HTTP. */
import type { Refused } from './world.ts';

/** A policy that gives a package by itself. */
export interface RuledPlan {
  readonly packageName: string;
  readonly name: string;
  /** A rule over attributes, in Graph's words; `{blueprint}` is the blueprint of the story's agents. */
  readonly rule: string;
  /** The department or the tag that the rule goes by. */
  readonly word: string;
  readonly isForAgents: boolean;
  /** How long who no longer matches keeps it (ISO 8601). */
  readonly grace: string | undefined;
  /** Nothing at all is taken before an administrator says so. */
  readonly asksFirst: boolean;
}

/** What is kept of a delivery that did not succeed. */
export interface RetryNow {
  readonly attempts: number;
  readonly codes: readonly string[];
  /** Milliseconds from the last attempt to the next. */
  readonly pause: number | undefined;
}

/** What a program says when it is asked about a request. */
export interface ProgramAnswer {
  readonly state?: 'denied';
  /** Who is to decide, by name. */
  readonly approvers?: readonly string[];
}

/** What stories on rows can do and see besides. */
export interface Running {
  /** What is due is done; what the story waits for may need it several times. */
  settle(): Promise<void>;
  setDepartment(who: string, department: string | undefined): Promise<void>;
  setTags(who: string, tags: readonly string[]): Promise<void>;
  addRuledPolicy(plan: RuledPlan): Promise<void>;
  /** Names of those who would lose something by the run of a policy that waits for an administrator. */
  heldRun(policy: string): Promise<readonly string[] | undefined>;
  decideRun(who: string, policy: string, how: 'confirm' | 'discard'): Promise<Refused>;
  /** Graph's word for an assignment. */
  statusOf(who: string, packageName: string): Promise<string | undefined>;
  addPackageOf(name: string, groups: readonly string[]): Promise<void>;
  addContent(name: string, group: string): Promise<void>;
  removeContent(name: string, group: string): Promise<void>;
  setGone(group: string, isGone: boolean): Promise<void>;
  isMember(who: string, group: string): Promise<boolean>;
  /** The request that was made last, or the assignment of somebody. */
  reprocess(who: string, of?: { readonly packageName: string; readonly target: string }): Promise<Refused>;
  /** Of the request that was made last. */
  retry(): Promise<RetryNow | undefined>;
  /** The program answers; or somebody else in its place. */
  resume(who: string | undefined, answer: ProgramAnswer): Promise<Refused>;
}
