/** From a body to what is stored of a workload: columns, the bag of plain properties, and its permissions. */
import type { Reason } from '../../../kernel/problem.ts';
import { flagOf, recordOf, recordsOf, requiredText, textOf, textsOf } from '../model/given.ts';
import type { Workload } from '../model/workload.ts';
import type { Permission, PublishedPermission } from './permission-list.ts';

type Given = { readonly [name: string]: unknown };

/** What may change of a workload's own row. */
export type WorkloadContent = Pick<Workload, 'displayName' | 'description' | 'accountEnabled' | 'uniqueName' | 'data'>;

/** A workload before anything is said of it. */
export const blankContent: WorkloadContent = { displayName: null, description: null, accountEnabled: true, uniqueName: null, data: {} };

/** Properties that are columns, rows of other tables, or references. */
const elsewhere: ReadonlySet<string> = new Set([
  'displayName', 'description', 'uniqueName', 'accountEnabled', 'isDisabled', 'appId', 'appRoles', 'keyCredentials', 'passwordCredentials',
  'owners', 'sponsors', 'agentIdentityBlueprintId', 'identityParentId',
]);
/** Structured values of which a change names only the members that change. */
const merged: ReadonlySet<string> = new Set(['api', 'web', 'spa', 'publicClient', 'info']);
/** Members of those that are collections: absent from a body they arrive as null. */
const collections: ReadonlySet<string> = new Set(['redirectUris', 'redirectUriSettings', 'knownClientApplications', 'preAuthorizedApplications']);

/** The content that a body leads to. */
export function contentAfter(before: WorkloadContent, body: Given): WorkloadContent {
  const bag = Object.entries(body).filter(([name]) => !elsewhere.has(name)).map(([name, value]): [string, unknown] => [name, merged.has(name) ? mergedValue(before.data[name], value) : value]);
  return {
    displayName: nullable(body, 'displayName', before.displayName), description: nullable(body, 'description', before.description),
    uniqueName: nullable(body, 'uniqueName', before.uniqueName), accountEnabled: enabledAfter(before.accountEnabled, body),
    data: { ...before.data, ...Object.fromEntries(bag) },
  };
}

const nullable = (body: Given, name: string, before: string | null): string | null => (name in body ? textOf(body, name) ?? null : before);

function enabledAfter(before: boolean, body: Given): boolean {
  const isDisabled = flagOf(body, 'isDisabled');
  return flagOf(body, 'accountEnabled') ?? (isDisabled === undefined ? before : !isDisabled);
}

function mergedValue(before: unknown, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const given = Object.entries(value).filter(([name, member]) => name !== 'oauth2PermissionScopes' && !(member === null && collections.has(name)));
  return { ...(typeof before === 'object' ? before : {}), ...Object.fromEntries(given) };
}

/** The list of permissions that a body asks for; undefined when it leaves them alone. */
export function wantedPermissions(body: Given, published: readonly PublishedPermission[]): readonly Permission[] | undefined {
  const roles = recordsOf(body, 'appRoles')?.map((role) => permissionFrom('role', role));
  const scopes = recordsOf(recordOf(body, 'api') ?? {}, 'oauth2PermissionScopes')?.map((scope) => permissionFrom('scope', scope));
  if (roles === undefined && scopes === undefined) return undefined;
  const now = (kind: Permission['kind']): readonly Permission[] => published.filter((permission) => permission.kind === kind);
  return [...(roles ?? now('role')), ...(scopes ?? now('scope'))];
}

function permissionFrom(kind: Permission['kind'], given: Given): Permission {
  const { id: _id, value: _value, isEnabled: _isEnabled, ...data } = given;
  return { id: requiredText(given, 'id').toLowerCase(), kind, value: textOf(given, 'value') || null, isEnabled: flagOf(given, 'isEnabled') ?? true, data: { ...data, origin: 'Application' } };
}

/** What is wrong with the addresses and words of an application (Graph: application resource type). */
export function applicationReasons(body: Given): readonly Reason[] {
  const redirects = ['web', 'spa', 'publicClient'].flatMap((name) => (textsOf(recordOf(body, name) ?? {}, 'redirectUris') ?? []).flatMap((uri) => redirectReasons(`${name}/redirectUris`, uri)));
  const uris = textsOf(body, 'identifierUris') ?? [];
  const audience = textOf(body, 'signInAudience');
  return [
    ...('displayName' in body && (textOf(body, 'displayName') ?? '').trim() === '' ? [{ code: 'displayNameMissing', target: 'displayName', message: 'An application needs a displayName. Send a name of at least one character.' }] : []),
    ...uris.filter((uri) => !isIdentifierUri(uri)).map((uri) => ({ code: 'identifierUriInvalid', target: 'identifierUris', message: `'${uri}' is not a valid identifier URI. Send an absolute URI such as api://orders, without a slash at the end and without a fragment.` })),
    ...(new Set(uris).size < uris.length ? [{ code: 'identifierUriRepeated', target: 'identifierUris', message: 'An identifier URI appears twice. Send each once.' }] : []),
    ...(audience !== undefined && !audiences.has(audience) ? [{ code: 'signInAudienceInvalid', target: 'signInAudience', message: `'${audience}' is no sign-in audience. Use one of ${[...audiences].join(', ')}.` }] : []),
    ...redirects,
  ];
}

const audiences: ReadonlySet<string> = new Set(['AzureADMyOrg', 'AzureADMultipleOrgs', 'AzureADandPersonalMicrosoftAccount', 'PersonalMicrosoftAccount']);

const isIdentifierUri = (uri: string): boolean => /^[a-z][a-z0-9+.-]*:[^\s#]+$/i.test(uri) && !uri.endsWith('/');

function redirectReasons(target: string, uri: string): readonly Reason[] {
  const isPlain = /^[a-z][a-z0-9+.-]*:[^\s#*]+$/i.test(uri) && !/^(javascript|data|vbscript|file):/i.test(uri);
  const isSafe = !/^http:/i.test(uri) || /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?([/?]|$)/i.test(uri);
  if (isPlain && isSafe) return [];
  return [{ code: 'redirectUriInvalid', target, message: `'${uri.slice(0, 200)}' is not a valid redirect URI. Send an absolute https URI, http on a loopback address, or one with a scheme of your own, without wildcard and fragment.` }];
}
