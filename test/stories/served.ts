/** What a story can show over HTTP only: what somebody is shown of a catalog, people who are known by a mail address alone, answers that were lost on the way. */
import type { Refused } from './world.ts';

/** Roles on one thing (decision 0011). */
export type RoleOnOne = 'access package manager' | 'assignment manager' | 'reader';

/** What a role may be on. */
export type OneThing = 'access package' | 'policy';

/** What stories over HTTP can do and see besides. */
export interface Served {
  giveRoleOn(who: string, role: RoleOnOne, on: { readonly kind: OneThing; readonly name: string }): Promise<void>;
  /** Names of what somebody is shown, in no order. */
  shown(who: string, kind: OneThing): Promise<readonly string[]>;
  /** Writes another description. */
  describe(who: string, name: string): Promise<Refused>;
  /** Writes the policy again as it is. */
  rewrite(who: string, policy: string, packageName: string): Promise<Refused>;
  /** Assigns to a mail address; whoever is invited goes by `name` from then on. */
  invite(who: string, one: { readonly name: string; readonly domain: string; readonly packageName: string }): Promise<Refused>;
  /** Whether the directory knows somebody with that address. */
  isKnown(one: { readonly name: string; readonly domain: string }): Promise<boolean>;
  /** The domain of an organization of the story. */
  domainOf(organization: string): string;
  /** Asks with an idempotency key. */
  askAgain(who: string, packageName: string, key: string): Promise<Refused>;
  /** Ids that the askings with keys were answered, in order. */
  readonly answers: readonly string[];
  requestCount(who: string, packageName: string): Promise<number>;
}
