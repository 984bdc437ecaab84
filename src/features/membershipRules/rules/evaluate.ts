/** Whether an identity belongs, told from the identity alone. `../store/conditions.ts` asks the database the same of all of them at once. Pure. */
import type { ElementRule, MembershipRule, Rule, RuleProperty, RuleSubject, ValueTest } from '../model.ts';
import { matchesPattern } from './match.ts';
import { fold } from './pattern.ts';

/** Whether the rule holds for the identity. */
export const isMember = ({ kinds, where }: MembershipRule, subject: RuleSubject): boolean => kinds.includes(subject.kind) && holdsFor(where, subject);

function holdsFor(rule: Rule, subject: RuleSubject): boolean {
  switch (rule.is) {
    case 'all': return rule.of.every((part) => holdsFor(part, subject));
    case 'some': return rule.of.some((part) => holdsFor(part, subject));
    case 'not': return !holdsFor(rule.of, subject);
    case 'directReport': return subject.managerId !== null && fold(subject.managerId) === fold(rule.managerId);
    case 'value': return hasValue(rule.test, valuesOf(rule.property, subject));
    case 'elements': return hasElements(rule, valuesOf(rule.property, subject));
    default: return rule satisfies never;
  }
}

/** What an agent's property is for anything but an agent: nothing. */
function valuesOf({ of, name }: RuleProperty, { kind, values }: RuleSubject): readonly string[] {
  const value = of === 'agent' && kind !== 'agentIdentity' ? null : values[name] ?? null;
  if (value === null) return [];
  return typeof value === 'string' ? [value] : value;
}

const hasValue = (test: ValueTest, values: readonly string[]): boolean => (test.test === 'isNull' ? values.length === 0 : values.some((value) => passes(test, value)));

/** All of nothing is nothing: an empty collection satisfies neither. */
const hasElements = ({ which, where }: Extract<Rule, { is: 'elements' }>, values: readonly string[]): boolean =>
  (which === 'any' ? values.some((value) => holdsForElement(where, value)) : values.length > 0 && values.every((value) => holdsForElement(where, value)));

function holdsForElement(rule: ElementRule, value: string): boolean {
  switch (rule.is) {
    case 'all': return rule.of.every((part) => holdsForElement(part, value));
    case 'some': return rule.of.some((part) => holdsForElement(part, value));
    case 'not': return !holdsForElement(rule.of, value);
    case 'element': return passes(rule.test, value);
    default: return rule satisfies never;
  }
}

function passes(test: ValueTest, value: string): boolean {
  switch (test.test) {
    case 'isNull': return false;
    case 'isOneOf': return test.values.some((each) => fold(each) === fold(value));
    case 'startsWith': return fold(value).startsWith(fold(test.value));
    case 'contains': return fold(value).includes(fold(test.value));
    case 'matches': return matchesPattern(test.pattern, value);
    default: return test satisfies never;
  }
}
