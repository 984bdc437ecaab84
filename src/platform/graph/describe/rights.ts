/**
 * Who may read a type, asked of the declaration itself: its `visible` is tried with one permission after the other, as an
 * application and as a person without any role.
 */
import type { Caller } from '../../../kernel/caller.ts';
import type { ResolvedType } from '../registry.ts';

/** A permission of our own API, and which kinds of caller can hold it. */
export interface OfferedPermission {
  readonly name: string;
  readonly application: boolean;
  readonly delegated: boolean;
}

/** Permissions that open a type. `some`: only rows that concern the caller, or that a role of it covers. */
export interface ReadingRights {
  readonly application: { readonly all: readonly string[]; readonly some: readonly string[] };
  readonly delegated: { readonly all: readonly string[]; readonly some: readonly string[] };
}

const nobody = '00000000-0000-0000-0000-000000000000';

const callerWith = (isDelegated: boolean, permissions: readonly string[]): Caller => ({
  principalId: nobody, kind: isDelegated ? 'user' : 'servicePrincipal', displayName: '', clientAppId: nobody, isDelegated, permissions: new Set(permissions), directoryRoles: new Set(), entitlementRoles: [],
});

/** How far a caller sees: a refusal is as good as nothing. */
function reach(type: ResolvedType, caller: Caller): 'all' | 'some' | 'none' {
  try {
    const seen = type.declared.visible(caller, 't0');
    return typeof seen === 'string' ? seen : 'some';
  } catch {
    return 'none';
  }
}

/** What opens a type. Permissions that open no more than none at all are left out. */
export function readingRights(type: ResolvedType, permissions: readonly OfferedPermission[]): ReadingRights {
  const tried = (isDelegated: boolean): ReadingRights['application'] => {
    const anyway = reach(type, callerWith(isDelegated, []));
    const reaches = permissions.filter((each) => (isDelegated ? each.delegated : each.application)).map(({ name }) => ({ name, reach: reach(type, callerWith(isDelegated, [name])) }));
    const at = (wanted: 'all' | 'some'): readonly string[] => (anyway === wanted ? ['(none is needed)'] : reaches.filter((each) => each.reach === wanted).map(({ name }) => name));
    return anyway === 'all' ? { all: at('all'), some: [] } : { all: at('all'), some: at('some') };
  };
  return { application: tried(false), delegated: tried(true) };
}

/** The rights as a sentence or two. */
export function rightsText({ application, delegated }: ReadingRights): string {
  const part = (who: string, { all, some }: ReadingRights['application']): string =>
    `${who}: ${all.length === 0 && some.length === 0 ? 'not offered' : [all.length === 0 ? '' : `all with ${all.join(', ')}`, some.length === 0 ? '' : `those that concern the caller or its roles cover with ${some.join(', ')}`].filter((text) => text !== '').join('; ')}.`;
  return `${part('Applications read', application)} ${part('People without a role read', delegated)}`;
}
