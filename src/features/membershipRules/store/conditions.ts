/** Membership rules as conditions over directory objects. Says the same as `../rules/evaluate.ts` does of one identity. */
import { sql } from 'kysely';
import type { PrincipalKind } from '../../../kernel/caller.ts';
import type { Executor } from '../../../platform/db/database.ts';
import { maybe } from '../../../platform/db/transaction.ts';
import { col } from '../../../platform/graph/declare.ts';
import type { Alias, Sql } from '../../../platform/graph/model.ts';
import { propertyNames, type ElementRule, type MembershipRule, type Rule, type RuleProperty, type RuleSubject, type ValueTest } from '../model.ts';
import type { Pattern } from '../rules/pattern.ts';

/** Whether a living row of `directory_objects` belongs. Never null. */
export const isMemberBy = ({ kinds, where }: MembershipRule, row: Alias): Sql =>
  sql`(${col(row, 'deleted_at')} is null and ${col(row, 'type')} in (${sql.join(kinds.map((kind) => sql.lit(kind)))}) and ${conditionOf(where, row)})`;

function conditionOf(rule: Rule, row: Alias): Sql {
  switch (rule.is) {
    case 'all': case 'some': return joined(rule.is, rule.of.map((part) => conditionOf(part, row)));
    case 'not': return sql`(not ${conditionOf(rule.of, row)})`;
    case 'directReport': return sql`exists (select 1 from directory_links ml where ml.source_id = ${col(row, 'id')} and ml.kind = 'manager' and ml.target_id = ${rule.managerId}::uuid)`;
    case 'value': return valueCondition(rule.property, rule.test, row);
    case 'elements': return elementsCondition(rule, row);
    default: return rule satisfies never;
  }
}

/** Of nothing all holds, and none. */
const joined = (is: 'all' | 'some', parts: readonly Sql[]): Sql => (parts.length === 0 ? sql.lit(is === 'all') : sql`(${sql.join([...parts], is === 'all' ? sql` and ` : sql` or `)})`);

function valueCondition(property: RuleProperty, test: ValueTest, row: Alias): Sql {
  const values = valuesOf(property, row);
  if ('one' in values) return test.test === 'isNull' ? sql`(${values.one} is null)` : sql`coalesce(${passes(test, values.one)}, false)`;
  return test.test === 'isNull' ? sql`(not exists ${values.some})` : sql`exists (select 1 from ${values.some} as e (value) where ${passes(test, sql`e.value`)})`;
}

function elementsCondition({ which, property, where }: Extract<Rule, { is: 'elements' }>, row: Alias): Sql {
  const values = valuesOf(property, row);
  const list = 'one' in values ? sql`(select ${values.one})` : values.some;
  const some = (condition: Sql): Sql => sql`exists (select 1 from ${list} as e (value) where ${condition})`;
  return which === 'any' ? some(elementCondition(where)) : sql`(exists ${list} and not ${some(sql`not ${elementCondition(where)}`)})`;
}

function elementCondition(rule: ElementRule): Sql {
  switch (rule.is) {
    case 'all': case 'some': return joined(rule.is, rule.of.map(elementCondition));
    case 'not': return sql`(not ${elementCondition(rule.of)})`;
    case 'element': return passes(rule.test, sql`e.value`);
    default: return rule satisfies never;
  }
}

function passes(test: ValueTest, value: Sql): Sql {
  switch (test.test) {
    case 'isNull': return sql`false`;
    case 'isOneOf': return sql`(lower(${value}) in (${sql.join(test.values.map((each) => sql`lower(${each}::text)`))}))`;
    case 'startsWith': return sql`starts_with(lower(${value}), lower(${test.value}::text))`;
    case 'contains': return sql`(strpos(lower(${value}), lower(${test.value}::text)) > 0)`;
    case 'matches': return sql`(lower(${value}) ~ ${`(?:${regular(test.pattern)})`}::text)`;
    default: return test satisfies never;
  }
}

/** The pattern in PostgreSQL's words, every character by its number: nothing in it is read as anything else. */
function regular(pattern: Pattern): string {
  switch (pattern.node) {
    case 'start': return '^';
    case 'end': return '$';
    case 'set': return set(pattern);
    case 'sequence': return pattern.parts.length === 0 ? '(?:)' : pattern.parts.map(regular).join('');
    case 'choice': return `(?:${pattern.parts.map(regular).join('|')})`;
    case 'repeat': return `(?:${regular(pattern.part)})${times(pattern)}`;
    default: return pattern satisfies never;
  }
}

const times = ({ least, most }: Extract<Pattern, { node: 'repeat' }>): string => `{${least},${most ?? ''}}`;
const code = (at: number): string => `\\U${at.toString(16).padStart(8, '0')}`;
const range = ([from, to]: readonly [number, number]): string => (from === to ? code(from) : `${code(from)}-${code(to)}`);
const set = ({ ranges, isNegated }: Extract<Pattern, { node: 'set' }>): string => (ranges.length === 0 ? '.' : `[${isNegated ? '^' : ''}${ranges.map(range).join('')}]`);

/** A text, or a list of texts in parentheses, without nulls. */
type Values = { readonly one: Sql } | { readonly some: Sql };

const inData = (name: string) => (row: Alias): Values => ({ one: sql`(${col(row, 'data')} ->> ${sql.lit(name)})` });
const column = (name: string) => (row: Alias): Values => ({ one: sql`(${col(row, name)}::text)` });
const listInData = (name: string) => (row: Alias): Values => ({
  some: sql`(select i.value from jsonb_array_elements_text(case when jsonb_typeof(${col(row, 'data')} -> ${sql.lit(name)}) = 'array' then ${col(row, 'data')} -> ${sql.lit(name)} else '[]' end) as i (value) where i.value is not null)`,
});
const linked = (kind: 'owner' | 'sponsor', what: 'id' | 'department') => (row: Alias): Values => ({
  some: what === 'id'
    ? sql`(select vl.target_id::text from directory_links vl where vl.source_id = ${col(row, 'id')} and vl.kind = ${sql.lit(kind)})`
    : sql`(select vo.data ->> 'department' from directory_links vl join directory_objects vo on vo.id = vl.target_id and vo.deleted_at is null where vl.source_id = ${col(row, 'id')} and vl.kind = ${sql.lit(kind)} and vo.data ->> 'department' is not null)`,
});

/** Where properties are, when not in `data` under their own names. */
const places: Readonly<Record<string, (row: Alias) => Values>> = {
  objectId: column('id'), kind: column('type'), displayName: column('display_name'), userPrincipalName: column('user_principal_name'), appId: column('app_id'), accountEnabled: column('account_enabled'),
  userType: (row) => ({ one: sql`coalesce(${col(row, 'data')} ->> 'userType', 'Member')` }),
  servicePrincipalType: (row) => ({ one: sql`(case when ${col(row, 'type')} = 'agentIdentity' then 'ServiceIdentity' else 'Application' end)` }),
  businessPhones: listInData('businessPhones'), otherMails: listInData('otherMails'), proxyAddresses: listInData('proxyAddresses'), tags: listInData('tags'),
  owners: linked('owner', 'id'), sponsors: linked('sponsor', 'id'), ownerDepartments: linked('owner', 'department'), sponsorDepartments: linked('sponsor', 'department'),
  blueprintId: (row) => ({
    some: sql`(select ${col(row, 'blueprint_app_id')}::text where ${col(row, 'blueprint_app_id')} is not null union all
      select vb.id::text from directory_objects vb where vb.app_id = ${col(row, 'blueprint_app_id')} and vb.type = 'agentIdentityBlueprint')`,
  }),
};

const free = (name: string) => (row: Alias): Values => ({ one: sql`(${col(row, 'data')} -> 'onPremisesExtensionAttributes' ->> ${sql.lit(name)})` });

const placeOf = (name: string): ((row: Alias) => Values) => places[name] ?? (/^extensionAttribute\d+$/.test(name) ? free(name) : inData(name));

/** What an agent's property is for anything but an agent: nothing. */
function valuesOf({ of, name }: RuleProperty, row: Alias): Values {
  const values = placeOf(name)(row);
  if (of !== 'agent') return values;
  const isAgent = sql`${col(row, 'type')} = 'agentIdentity'`;
  return 'one' in values ? { one: sql`(case when ${isAgent} then ${values.one} end)` } : { some: sql`(select g.value from ${values.some} as g (value) where ${isAgent})` };
}

const kinds: readonly PrincipalKind[] = ['user', 'agentUser', 'servicePrincipal', 'agentIdentity'];

/** An identity as rules see it; undefined when it does not live or is none. `extensions`: names of extension attributes that are asked for besides. */
export async function loadRuleSubject(executor: Executor, id: string, extensions: readonly string[] = []): Promise<RuleSubject | undefined> {
  const names = [...new Set([...propertyNames('user'), ...propertyNames('agent'), ...extensions])];
  const values = names.map((name) => {
    const found = placeOf(name)('o');
    return sql`jsonb_build_object(${sql.lit(name)}, ${'one' in found ? found.one : sql`array(select v.value from ${found.some} as v (value))`})`;
  });
  return await maybe(executor, sql<RuleSubject>`
    select o.type as kind, (select l.target_id::text from directory_links l where l.source_id = o.id and l.kind = 'manager') as "managerId", ${sql.join(values, sql` || `)} as values
      from directory_objects o where o.id = ${id} and o.deleted_at is null and o.type in (${sql.join(kinds.map((kind) => sql.lit(kind)))})`);
}
