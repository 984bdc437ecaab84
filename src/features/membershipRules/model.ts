/**
 * A membership rule says by their attributes who belongs: the text of an attributeRuleMembers subject set, in the grammar of
 * Entra's dynamic groups (https://learn.microsoft.com/entra/identity/users/groups-dynamic-membership), over users and, beyond
 * Graph, over service principals and agent identities.
 */
import type { PrincipalKind } from '../../kernel/caller.ts';
import type { Pattern } from './rules/pattern.ts';

/** Longest rule, in characters (Entra's limit), and how deep its parentheses may go. */
export const longestRule = 3072;
export const deepestRule = 40;

/** What a property holds: one text, a flag (compared as the text `true` or `false`), or several texts. */
export type PropertyType = 'text' | 'flag' | 'texts';

/** An attribute that a rule asks for. `name` is spelled as the directory spells it. */
export interface RuleProperty {
  readonly of: 'user' | 'servicePrincipal' | 'agent';
  readonly name: string;
  readonly type: PropertyType;
}

/** What one value is held against. Texts are compared without regard to case. */
export type ValueTest =
  | { readonly test: 'isNull' }
  | { readonly test: 'isOneOf'; readonly values: readonly string[] }
  | { readonly test: 'startsWith' | 'contains'; readonly value: string }
  | { readonly test: 'matches'; readonly pattern: Pattern };

/** A condition on one element of a collection: `_` in the rule. */
export type ElementRule =
  | { readonly is: 'all' | 'some'; readonly of: readonly ElementRule[] }
  | { readonly is: 'not'; readonly of: ElementRule }
  | { readonly is: 'element'; readonly test: ValueTest };

/**
 * A condition on one identity. Nothing in it is unknown: what has no value is equal to null and to nothing else, and `not` turns
 * every answer round. A test on a collection holds when it holds for some element.
 */
export type Rule =
  | { readonly is: 'all' | 'some'; readonly of: readonly Rule[] }
  | { readonly is: 'not'; readonly of: Rule }
  | { readonly is: 'value'; readonly property: RuleProperty; readonly test: ValueTest }
  | { readonly is: 'elements'; readonly which: 'any' | 'every'; readonly property: RuleProperty; readonly where: ElementRule }
  | { readonly is: 'directReport'; readonly managerId: string };

/** A whole rule: the kinds of identity that it looks at, and what it asks of them. */
export interface MembershipRule {
  readonly about: 'users' | 'workloads';
  readonly kinds: readonly PrincipalKind[];
  readonly where: Rule;
}

/** One identity as rules see it: values by property name as {@link RuleProperty} spells it. What is missing is null, or an empty collection. */
export interface RuleSubject {
  readonly kind: PrincipalKind;
  readonly managerId: string | null;
  readonly values: { readonly [name: string]: string | readonly string[] | null };
}

const texts = (...names: readonly string[]): readonly (readonly [string, PropertyType])[] => names.map((name) => [name, 'text']);

/** Properties of users by name. Extension attributes are found by their form: see {@link propertyOf}. */
const userProperties: ReadonlyMap<string, PropertyType> = new Map([
  ...texts('objectId', 'kind', 'displayName', 'userPrincipalName', 'userType', 'ageGroup', 'city', 'companyName', 'country', 'creationType', 'department', 'employeeId', 'employeeType',
    'externalUserState', 'faxNumber', 'givenName', 'jobTitle', 'mail', 'mailNickname', 'mobilePhone', 'officeLocation', 'onPremisesDistinguishedName', 'onPremisesDomainName',
    'onPremisesImmutableId', 'onPremisesSamAccountName', 'onPremisesSecurityIdentifier', 'passwordPolicies', 'postalCode', 'preferredLanguage', 'state', 'streetAddress', 'surname', 'usageLocation'),
  ['accountEnabled', 'flag'], ['onPremisesSyncEnabled', 'flag'],
  ['businessPhones', 'texts'], ['otherMails', 'texts'], ['proxyAddresses', 'texts'], ['sponsors', 'texts'],
]);

/** Properties of service principals and agents. `blueprintId`: appId and object id of the blueprint; owners and sponsors by object id. */
const workloadProperties: ReadonlyMap<string, PropertyType> = new Map([
  ...texts('objectId', 'kind', 'displayName', 'appId', 'servicePrincipalType'), ['accountEnabled', 'flag'],
  ['tags', 'texts'], ['blueprintId', 'texts'], ['owners', 'texts'], ['sponsors', 'texts'], ['ownerDepartments', 'texts'], ['sponsorDepartments', 'texts'],
]);

/** Entra's names of what Graph calls otherwise, in lower case. */
const aliases: Readonly<Record<string, string>> = {
  'user.dirsyncenabled': 'onPremisesSyncEnabled', 'user.facsimiletelephonenumber': 'faxNumber', 'user.mobile': 'mobilePhone',
  'user.physicaldeliveryofficename': 'officeLocation', 'user.telephonenumber': 'businessPhones', 'user.id': 'objectId', 'agent.id': 'objectId', 'serviceprincipal.id': 'objectId',
};

const owners = ['user', 'servicePrincipal', 'agent'] as const;

/** The property of a word such as `user.department`; undefined when there is none. */
export function propertyOf(word: string): RuleProperty | undefined {
  const dot = word.indexOf('.');
  const of = owners.find((owner) => owner.toLowerCase() === word.slice(0, dot).toLowerCase());
  if (of === undefined) return undefined;
  const known = of === 'user' ? userProperties : workloadProperties;
  const said = word.slice(dot + 1);
  const wanted = (aliases[word.toLowerCase()] ?? said).toLowerCase();
  const name = [...known.keys()].find((each) => each.toLowerCase() === wanted) ?? (of === 'user' ? extensionNamed(said) : undefined);
  return name === undefined ? undefined : { of, name, type: known.get(name) ?? 'text' };
}

/** `extensionAttribute1` to 15, and `extension_{appId without dashes}_{name}`, whose name is spelled as it was registered. */
function extensionNamed(said: string): string | undefined {
  const free = /^extensionAttribute([1-9]|1[0-5])$/i.exec(said);
  if (free !== null) return `extensionAttribute${free[1] ?? ''}`;
  const own = /^extension_([0-9a-f]{32})_(\w{1,64})$/i.exec(said);
  return own === null ? undefined : `extension_${(own[1] ?? '').toLowerCase()}_${own[2] ?? ''}`;
}

/** Names of properties, for saying what there is. */
export const propertyNames = (of: RuleProperty['of']): readonly string[] => [...(of === 'user' ? userProperties : workloadProperties).keys()];
