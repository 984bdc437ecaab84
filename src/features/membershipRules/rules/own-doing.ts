/** What of a rule those can bring about who would gain by it: attributes that people change of themselves, and owners of what they own. Pure. */
import { changeableByOneself } from '../../directory/rules/people-rights.ts';
import type { MembershipRule, Rule, RuleProperty } from '../model.ts';

/** What an owner changes of a workload alone: also who else owns it or answers for it. */
const changeableByOwners: ReadonlySet<string> = new Set(['displayName', 'tags', 'owners', 'sponsors', 'ownerDepartments', 'sponsorDepartments']);

/** What nobody changes of an identity: who is named by it is named by whoever writes the rule. */
const fixed: ReadonlySet<string> = new Set(['objectId', 'appId', 'blueprintId']);

/**
 * Properties by which somebody could bring an identity of its own into a rule, as `agent.tags`. None, when nobody belongs but those
 * whom the rule names: identities, an application, or the agents of a blueprint.
 */
export function ownDoing({ where }: MembershipRule): readonly string[] {
  if (namesMembers(where)) return [];
  const loose = propertiesOf(where).filter(({ of, name }) => (of === 'user' ? changeableByOneself : changeableByOwners).has(name));
  return [...new Set(loose.map(({ of, name }) => `${of}.${name}`))];
}

function namesMembers(rule: Rule): boolean {
  switch (rule.is) {
    case 'all': return rule.of.some(namesMembers);
    case 'some': return rule.of.every(namesMembers);
    case 'value': return rule.test.test === 'isOneOf' && fixed.has(rule.property.name);
    case 'not': case 'elements': case 'directReport': return false;
    default: return rule satisfies never;
  }
}

function propertiesOf(rule: Rule): readonly RuleProperty[] {
  switch (rule.is) {
    case 'all': case 'some': return rule.of.flatMap(propertiesOf);
    case 'not': return propertiesOf(rule.of);
    case 'value': case 'elements': return [rule.property];
    case 'directReport': return [];
    default: return rule satisfies never;
  }
}
