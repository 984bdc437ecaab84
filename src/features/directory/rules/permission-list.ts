/** Which app roles and delegated permissions an application may publish, and which it may stop publishing. */
import { decideBy, type Decision } from '../../../kernel/decision.ts';
import type { Reason } from '../../../kernel/problem.ts';

/** An app role (`role`) or a delegated permission (`scope`). `data` holds its other properties under their Graph names. */
export interface Permission {
  readonly id: string;
  readonly kind: 'role' | 'scope';
  readonly value: string | null;
  readonly isEnabled: boolean;
  readonly data: { readonly [name: string]: unknown };
}

/** A permission that is published now, with what holds it. */
export interface PublishedPermission extends Permission {
  /** Number of grants in force. */
  readonly grants: number;
  /** Number of access packages that contain it. Their names are for those who read their catalogs. */
  readonly packages: number;
}

/** What to write: all that stays, in its order, and what goes. */
export interface PermissionChange {
  readonly keep: readonly Permission[];
  readonly removed: readonly Permission[];
}

const memberTypes: ReadonlySet<unknown> = new Set(['User', 'Application']);
const longestValue = 250;

/** Decides a new list of permissions against the published one. */
export function decidePermissionList(wanted: readonly Permission[], published: readonly PublishedPermission[]): Decision<PermissionChange> {
  const keys = new Set(wanted.map(keyOf));
  const removed = published.filter((permission) => !keys.has(keyOf(permission)));
  const reasons = [
    ...repeatedIds(wanted), ...repeatedValues(wanted), ...wanted.flatMap(formReasons), ...removed.flatMap(removalReasons),
  ];
  return decideBy(reasons, { keep: wanted, removed });
}

/** Published APIs use one id for a role and for the delegated permission of the same name, so an id is one within its kind. */
export const keyOf = ({ kind, id }: Pick<Permission, 'kind' | 'id'>): string => `${kind} ${id}`;

const fieldOf = (permission: Permission): string => (permission.kind === 'role' ? 'appRoles' : 'api/oauth2PermissionScopes');
const nameOf = (permission: Permission): string => permission.value ?? permission.id;

function repeatedIds(wanted: readonly Permission[]): readonly Reason[] {
  return repeats(wanted, keyOf).map((permission) => ({
    code: 'permissionIdRepeated', target: `${fieldOf(permission)}/id`,
    message: `The id ${permission.id} appears more than once. Give every one of ${fieldOf(permission)} an id of its own.`,
  }));
}

function repeatedValues(wanted: readonly Permission[]): readonly Reason[] {
  const named = wanted.filter((permission) => permission.value !== null);
  return repeats(named, (permission) => `${permission.kind} ${permission.value ?? ''}`).map((permission) => ({
    code: 'permissionValueRepeated', target: `${fieldOf(permission)}/value`,
    message: `The value '${nameOf(permission)}' appears more than once in ${fieldOf(permission)}. Values are unique; rename one.`,
  }));
}

function repeats(wanted: readonly Permission[], key: (permission: Permission) => string): readonly Permission[] {
  const seen = new Set<string>();
  return wanted.filter((permission) => seen.size === seen.add(key(permission)).size);
}

function formReasons(permission: Permission): readonly Reason[] {
  const reasons: Reason[] = [];
  const { value } = permission;
  if (value !== null && (/\s/.test(value) || value.length > longestValue)) {
    reasons.push({ code: 'permissionValueInvalid', target: `${fieldOf(permission)}/value`, message: `The value '${value.slice(0, longestValue)}' is not valid: it goes into tokens, so it holds no spaces and at most ${longestValue} characters.` });
  }
  if (permission.kind === 'scope' && value === null) {
    reasons.push({ code: 'permissionValueMissing', target: `${fieldOf(permission)}/value`, message: `The delegated permission ${permission.id} needs a value: clients ask for it by that name.` });
  }
  const allowed = permission.data['allowedMemberTypes'];
  if (permission.kind === 'role' && !(Array.isArray(allowed) && allowed.length > 0 && allowed.every((word) => memberTypes.has(word)))) {
    reasons.push({ code: 'memberTypesInvalid', target: 'appRoles/allowedMemberTypes', message: `The app role '${nameOf(permission)}' needs allowedMemberTypes: 'User', 'Application' or both.` });
  }
  return reasons;
}

/** Graph refuses to delete what is enabled; what somebody still holds must be taken from them first. */
function removalReasons(permission: PublishedPermission): readonly Reason[] {
  const target = fieldOf(permission);
  const name = nameOf(permission);
  const reasons: Reason[] = [];
  if (permission.isEnabled) reasons.push({ code: 'CannotDeleteOrUpdateEnabledEntitlement', target, message: `'${name}' cannot be deleted while it is enabled. Set isEnabled to false first, then leave it out.` });
  if (permission.grants > 0) reasons.push({ code: 'permissionGranted', target, message: `'${name}' is still granted ${permission.grants} times. Remove those grants first.` });
  if (permission.packages > 0) reasons.push({ code: 'permissionInPackage', target, message: `'${name}' is in ${permission.packages} access packages. Whoever manages them has to take it out first.` });
  return reasons;
}
