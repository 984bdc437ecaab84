/** Reading a rule: what it says, or where it stops making sense and what would do instead. Pure. */
import type { PrincipalKind } from '../../../kernel/caller.ts';
import { allow, deny, type Decision } from '../../../kernel/decision.ts';
import { deepestRule, longestRule, propertyNames, propertyOf, type ElementRule, type MembershipRule, type Rule, type RuleProperty } from '../model.ts';
import { RuleFault, tokensOf, type Token } from './tokens.ts';
import { comparison, isOperator, wordOf } from './operators.ts';
import { Cursor } from './cursor.ts';

/** Reads a rule. A "no" has the place in the text, counted from 1, and what was expected there. */
export function parseMembershipRule(text: string): Decision<MembershipRule> {
  if (text.length > longestRule) return refusal(`The rule has ${text.length} characters; the most is ${longestRule}.`);
  try {
    const cursor = new Cursor(tokensOf(text));
    const where = parseSome(cursor, 0, conditions);
    if (cursor.peek.kind !== 'end') cursor.fail('-and, -or or the end of the rule');
    return membersOf(where, cursor.properties);
  } catch (error) {
    if (error instanceof RuleFault) return refusal(`At character ${error.at + 1} of the rule: ${error.message}.`);
    throw error;
  }
}

const refusal = (message: string): Decision<never> => deny({ code: 'membershipRule', message });

/**
 * Which identities the rule looks at. Agent users are users, but belong only where a rule asks for `user.kind`; a rule that asks
 * for nothing but what agents have looks at agents alone.
 */
function membersOf(where: Rule, properties: readonly RuleProperty[]): Decision<MembershipRule> {
  const isOfUsers = properties.some(({ of }) => of === 'user') || properties.length === 0;
  if (isOfUsers && properties.some(({ of }) => of !== 'user')) return refusal('The rule asks for users and for service principals or agents at once. Make one policy for each.');
  if (isOfUsers) return allow({ about: 'users', kinds: properties.some(({ name }) => name === 'kind') ? ['user', 'agentUser'] : ['user'], where });
  const kinds: readonly PrincipalKind[] = properties.some(({ of }) => of === 'servicePrincipal') ? ['servicePrincipal', 'agentIdentity'] : ['agentIdentity'];
  return allow({ about: 'workloads', kinds, where });
}

/** How one kind of condition is read, and put together. */
interface Reading<Of> {
  readonly one: (cursor: Cursor, depth: number) => Of;
  readonly join: (is: 'all' | 'some', of: readonly Of[]) => Of;
}

const conditions: Reading<Rule> = { one: parseCondition, join: (is, of) => ({ is, of }) };
const elements: Reading<ElementRule> = { one: parseElement, join: (is, of) => ({ is, of }) };

/** `a -or b`, looser than `-and`. */
function parseSome<Of>(cursor: Cursor, depth: number, { one, join }: Reading<Of>): Of {
  const all = (): Of => joined(cursor, 'and', { one: () => one(cursor, depth), join: (of) => join('all', of) });
  return joined(cursor, 'or', { one: all, join: (of) => join('some', of) });
}

function joined<Of>(cursor: Cursor, word: string, { one, join }: { readonly one: () => Of; readonly join: (of: readonly Of[]) => Of }): Of {
  const first = one();
  const of = [first];
  while (cursor.takeOperator(word)) of.push(one());
  return of.length === 1 ? first : join(of);
}

const deeper = (cursor: Cursor, depth: number): number => (depth >= deepestRule ? cursor.fail(`no more than ${deepestRule} levels of parentheses`) : depth + 1);

/** `-not a`, `(a)`, `Direct Reports for "id"`, or a property with what is asked of it. */
function parseCondition(cursor: Cursor, depth: number): Rule {
  if (cursor.takeOperator('not')) return { is: 'not', of: parseCondition(cursor, deeper(cursor, depth)) };
  if (cursor.takeSign('(')) {
    const inside = parseSome(cursor, deeper(cursor, depth), conditions);
    cursor.needSign(')');
    return inside;
  }
  if (wordOf(cursor.peek) === 'direct') return parseReports(cursor);
  return parseAsked(cursor, depth);
}

/** `Direct Reports for "{id of the manager}"`. */
function parseReports(cursor: Cursor): Rule {
  for (const word of ['direct', 'reports', 'for']) {
    if (wordOf(cursor.peek) !== word) cursor.fail('Direct Reports for "{id of the manager}"');
    cursor.take();
  }
  const { kind, text } = cursor.peek;
  if (kind !== 'text' || !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) cursor.fail('the id of the manager in quotes');
  cursor.take();
  cursor.properties.push({ of: 'user', name: 'manager', type: 'text' });
  return { is: 'directReport', managerId: text.toLowerCase() };
}

function parseAsked(cursor: Cursor, depth: number): Rule {
  const property = takeProperty(cursor);
  const which = cursor.takeOperator('any') ? 'any' : cursor.takeOperator('all') ? 'every' : undefined;
  if (which === undefined) {
    const { test, isNegated } = comparison(cursor, property.type);
    const asked: Rule = { is: 'value', property, test };
    return isNegated ? { is: 'not', of: asked } : asked;
  }
  if (property.type !== 'texts') cursor.fail(`a comparison such as -eq: ${property.of}.${property.name} is one value`, -1);
  cursor.needSign('(');
  const where = parseSome(cursor, deeper(cursor, depth), elements);
  cursor.needSign(')');
  return { is: 'elements', which, property, where };
}

/** Inside -any and -all: `_` is the element. */
function parseElement(cursor: Cursor, depth: number): ElementRule {
  if (cursor.takeOperator('not')) return { is: 'not', of: parseElement(cursor, deeper(cursor, depth)) };
  if (cursor.takeSign('(')) {
    const inside = parseSome(cursor, deeper(cursor, depth), elements);
    cursor.needSign(')');
    return inside;
  }
  if (cursor.peek.text !== '_' || cursor.peek.kind !== 'word') cursor.fail('_ for the element');
  cursor.take();
  const { test, isNegated } = comparison(cursor, 'element');
  return isNegated ? { is: 'not', of: { is: 'element', test } } : { is: 'element', test };
}

function takeProperty(cursor: Cursor): RuleProperty {
  const { peek } = cursor;
  const found = peek.kind === 'word' ? propertyOf(peek.text) : undefined;
  if (found === undefined) return cursor.fail(isName(peek) ? whatThereIs(peek.text) : 'a property such as user.department');
  cursor.take();
  cursor.properties.push(found);
  return found;
}

const isName = (token: Token): boolean => token.kind === 'word' && !isOperator(token) && /^(user|serviceprincipal|agent)\./i.test(token.text);

function whatThereIs(word: string): string {
  const of = /^user\./i.test(word) ? 'user' : 'agent';
  return `one of the properties ${propertyNames(of).join(', ')}`;
}
