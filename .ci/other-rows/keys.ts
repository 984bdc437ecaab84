/** Fills the keys of a path template with what the server itself lists, left to right: real objects wherever there are some. */
import { isRecord, recordsAt, textAt } from '../../src/kernel/json.ts';
import type { RefereeWorld } from './referee.ts';

/** Most ways that are followed at each step. */
const mostWays = 12;
/** Most members of one collection that are followed. */
const perCollection = 6;
const nothing = '11111111-2222-4333-8444-555555555555';
/** What stands in for the parameters of functions. */
const words: Readonly<Record<string, string>> = { accessPackageId: nothing, incompatibleAccessPackageId: nothing };

/** Finds concrete paths of one version. */
export class Keys {
  readonly #world: RefereeWorld;
  readonly #version: string;
  readonly #rank: ReadonlyMap<string, number>;
  readonly #ways = new Map<string, Promise<readonly string[]>>();

  /** `likely`: ids that lead further than others, best first. */
  constructor(world: RefereeWorld, { version, likely }: { readonly version: string; readonly likely: readonly string[] }) {
    this.#world = world;
    this.#version = version;
    this.#rank = new Map(likely.map((id, index) => [id, index]));
  }

  /** Concrete paths for a template, likely ones first; with a key that nothing has where there is no object. */
  async waysTo(template: string): Promise<readonly string[]> {
    const known = this.#ways.get(template);
    if (known !== undefined) return await known;
    const found = this.#find(template);
    this.#ways.set(template, found);
    return await found;
  }

  async #find(template: string): Promise<readonly string[]> {
    const parts = template.split('/');
    const last = parts.at(-1) ?? '';
    if (parts.length <= 1) return [''];
    const before = await this.waysTo(parts.slice(0, -1).join('/'));
    if (/^\{[^}]+\}$/.test(last)) return await this.#members(before);
    return await this.#named(before, last);
  }

  async #members(collections: readonly string[]): Promise<readonly string[]> {
    const found: string[] = [];
    for (const collection of collections) {
      for (const as of ['app', 'admin', 'alice']) {
        const { json, status } = await this.#world.call('GET', `${collection}?$top=100`, { as, version: this.#version });
        const members = status === 200 && isRecord(json) ? recordsAt(json, 'value') : [];
        found.push(...this.#best(members.map((one) => textAt(one, 'id') ?? textAt(one, 'resourceAppId') ?? nothing)).map((id) => `${collection}/${encodeURIComponent(id)}`));
        if (members.length > 0) break;
      }
      if (found.length >= mostWays) break;
    }
    return found.length === 0 ? [`${collections[0] ?? ''}/${nothing}`] : found.slice(0, mostWays);
  }

  #best(ids: readonly string[]): readonly string[] {
    const rank = (id: string): number => this.#rank.get(id) ?? Number.MAX_SAFE_INTEGER;
    return ids.toSorted((one, other) => rank(one) - rank(other)).slice(0, perCollection);
  }

  /** A name, or a function or alternate key with its parameters. */
  async #named(before: readonly string[], segment: string): Promise<readonly string[]> {
    const parameter = /\{([^}]+)\}/.exec(segment)?.[1];
    if (parameter === undefined) return before.map((path) => `${path}/${segment}`);
    if (parameter === 'on') return before.map((path) => `${path}/${segment.replace('{on}', onWord(path))}`);
    if (words[parameter] !== undefined) return before.map((path) => `${path}/${segment.replaceAll(/\{([^}]+)\}/g, (_, name: string) => words[name] ?? nothing)}`);
    const found: string[] = [];
    for (const path of before) {
      const { json } = await this.#world.call('GET', `${path}/${segment.split('(')[0] ?? ''}?$top=20`, { version: this.#version });
      const values = (isRecord(json) ? recordsAt(json, 'value') : []).flatMap((one) => textAt(one, parameter) ?? []);
      found.push(...values.slice(0, 2).map((value) => `${path}/${segment.replace(`{${parameter}}`, encodeURIComponent(value))}`));
    }
    return found.length === 0 ? before.map((path) => `${path}/${segment.replace(`{${parameter}}`, 'nothing')}`) : found.slice(0, mostWays);
  }
}

/** Whose view a filterByCurrentUser asks for, as the word that its collection knows. */
function onWord(path: string): string {
  if (/Approvals$/i.test(path)) return 'approver';
  if (/suggestions$/i.test(path)) return 'relatedPeopleAssignments';
  if (/accessPackages$|PackagesIncompatibleWith$|incompatibleAccessPackages$/i.test(path)) return 'allowedRequestor';
  if (/accessReviews|decisions|instances|stages|definitions$/i.test(path)) return 'reviewer';
  return /roleManagement/i.test(path) ? 'principal' : 'target';
}
