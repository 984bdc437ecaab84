/** The vocabularies that the service speaks, and where each is spoken: Graph's two over one set of roots, and our own, over roots of its own, for what Graph has no name for. */
import type { Version } from './property.ts';

/** Where a vocabulary is spoken and described. */
export interface Spoken {
  readonly version: Version;
  /** Start of its paths, without a slash at the end. */
  readonly prefix: string;
  /** Path of its OpenAPI document. */
  readonly document: string;
  readonly title: string;
}

/** Every vocabulary, in the order in which they are told. */
export const spoken: Readonly<Record<Version, Spoken>> = {
  'v1.0': { version: 'v1.0', prefix: '/v1.0', document: '/openapi.json', title: 'Microsoft Graph v1.0' },
  beta: { version: 'beta', prefix: '/beta', document: '/openapi-beta.json', title: 'Microsoft Graph beta' },
  gatehouse: { version: 'gatehouse', prefix: '/gatehouse/v1', document: '/openapi-gatehouse.json', title: 'beyond Microsoft Graph' },
};

/** Versions in that order. */
export const versions: readonly Version[] = Object.values(spoken).map(({ version }) => version);

/** The version of that name, in any letter case. */
export const versionNamed = (name: string | undefined): Version | undefined => versions.find((version) => version === name?.toLowerCase());

/** Whether a version has a member: {@link Property.only} says that just one does. Our own vocabulary has the words of v1.0. */
export const isIn = (version: Version, { only }: { readonly only?: Version }): boolean => only === undefined || only === version || (version === 'gatehouse' && only === 'v1.0');

/** Whether a path begins in a version: ours only where it says so, Graph's in both unless it says otherwise. */
export const beginsIn = (version: Version, { only }: { readonly only?: Version }): boolean => (version === 'gatehouse' ? only === version : (only ?? version) === version);

/** A path without the prefix that it may have, and the version that the prefix names. Whatever host stands before it. */
export function withoutPrefix(url: string): { readonly version: Version | undefined; readonly path: string } {
  const path = url.replace(/^https?:\/\/[^/]+/i, '').replace(/^(?!\/)/, '/');
  const found = Object.values(spoken).find(({ prefix }) => path.toLowerCase().startsWith(`${prefix}/`));
  return { version: found?.version, path: found === undefined ? path : path.slice(found.prefix.length) };
}
