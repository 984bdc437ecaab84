/** A membership rule means the same to the database as to whoever looks at one identity. */
import fc from 'fast-check';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { isMemberBy, loadRuleSubject } from '../../src/features/membershipRules/store/conditions.ts';
import { isMember } from '../../src/features/membershipRules/rules/evaluate.ts';
import { parseMembershipRule } from '../../src/features/membershipRules/rules/parse.ts';
import type { RuleSubject } from '../../src/features/membershipRules/model.ts';
import { all } from '../../src/platform/db/transaction.ts';
import { newId } from '../../src/platform/ids.ts';
import { testDatabase } from '../support/database.ts';
import { link, makeObject } from '../support/lifecycle.ts';

const { db } = await testDatabase();
const words = ['Sales', 'SALES', 'sales eu', 'Legal', '', 'Ärzte', 'ärzte', 'a.b', 'İ', 'prod', 'ΣΑΣ', 'a"b', "it's", '10', '%', '_', 'x\ny'];
const extension = 'extension_0123456789abcdef0123456789abcdef_site';
const [blueprintApp, blueprint] = [newId(), newId()];
await sql`insert into directory_objects (id, type, display_name, app_id) values (${blueprint}, 'agentIdentityBlueprint', 'b', ${blueprintApp})`.execute(db);

const some = <T>(from: readonly T[], seed: number): T | undefined => from[seed % (from.length + 1)];
const ids: string[] = [];
for (let n = 0; n < 40; n++) {
  const kind = (['user', 'servicePrincipal', 'agentIdentity'] as const)[n % 3] ?? 'user';
  const id = await makeObject(db, kind);
  const list = (seed: number) => words.filter((_, index) => (index + seed) % 5 === 0);
  const data = {
    department: some(words, n), jobTitle: some(words, n * 7) ?? null, userType: n % 4 === 0 ? 'Guest' : undefined, otherMails: n % 3 === 0 ? list(n) : undefined, tags: n % 2 === 0 ? list(n) : null, onPremisesSyncEnabled: n % 5 === 0 ? true : null,
    onPremisesExtensionAttributes: n % 2 === 0 ? { extensionAttribute1: some(words, n * 3) } : null, [extension]: some(words, n * 5),
  };
  await sql`update directory_objects set data = data || ${JSON.stringify(data)}::jsonb, display_name = ${some(words, n * 11) ?? null}, account_enabled = ${n % 3 !== 1}, deleted_at = ${n % 13 === 12 ? new Date() : null},
    blueprint_app_id = case when type = 'agentIdentity' and ${n % 2 === 0} then ${blueprintApp}::uuid else blueprint_app_id end where id = ${id}`.execute(db);
  const before = ids.at(-3);
  if (kind === 'user' && before !== undefined) await link(db, 'manager', [id, before]);
  const [owner] = ids;
  if (kind !== 'user' && owner !== undefined && n % 4 < 2) await link(db, n % 4 === 0 ? 'owner' : 'sponsor', [id, owner]);
  ids.push(id);
}
await sql`insert into directory_objects (id, type, display_name, user_principal_name, identity_parent_id) select gen_random_uuid(), 'agentUser', 'Sales', 'agent@example.com', id from directory_objects where type = 'agentIdentity' and deleted_at is null limit 1`.execute(db);
const agentUsers = await all(db, sql<{ id: string }>`select id from directory_objects where type = 'agentUser'`);
ids.push(...agentUsers.map(({ id }) => id));
const subjects = new Map<string, RuleSubject>();
for (const id of ids) {
  const subject = await loadRuleSubject(db, id, [extension, 'extensionAttribute1']);
  if (subject !== undefined) subjects.set(id, subject);
}

const quoted = (text: string): string => `"${text.replaceAll('`', '``').replaceAll('"', '`"')}"`;
const value = fc.oneof(fc.constantFrom(...words), fc.constantFrom('sal', 'es', 'ä', 'a', blueprint, blueprintApp, ids[0] ?? '', 'agentIdentity', 'Member', 'guest', 'user')).map(quoted);
const pattern = fc.constantFrom('^s', 'es$', 'a|e', '^.*$', '[a-f]{2}', '\\d+', '[^s]', '^ä', '^$', '\\s', 'A\\.B', '(?:)', '()*', '(a|)+$', '[\\w%]', '^[[:x]', '\\\\', '["\']', 'σ').map(quoted);
const comparing = fc.oneof(
  fc.tuple(fc.constantFrom('-eq', '-ne', '-startsWith', '-notStartsWith', '-contains', '-notContains'), value).map((parts) => parts.join(' ')),
  fc.tuple(fc.constantFrom('-match', '-notMatch'), pattern).map((parts) => parts.join(' ')),
  fc.tuple(fc.constantFrom('-in', '-notIn'), fc.array(value, { minLength: 1, maxLength: 3 })).map(([operator, list]) => `${operator} [${list.join(', ')}]`),
);
const isNull = fc.constantFrom('-eq null', '-ne null');
const texts = { user: ['department', 'jobTitle', 'displayName', 'userType', 'kind', 'extensionAttribute1', extension, 'objectId'], agent: ['displayName', 'kind', 'appId', 'servicePrincipalType'] } as const;
const lists = { user: ['otherMails', 'proxyAddresses'], agent: ['tags', 'owners', 'sponsors', 'ownerDepartments', 'sponsorDepartments', 'blueprintId'] } as const;
const joinedUp = (one: fc.Arbitrary<string>): fc.Arbitrary<string> => fc.letrec<{ node: string }>((tie) => ({
  node: fc.oneof({ depthSize: 'small' }, one, tie('node').map((inner) => `-not (${inner})`), fc.tuple(tie('node'), fc.constantFrom('-and', '-or'), tie('node')).map(([left, word, right]) => `(${left}) ${word} ${right}`)),
})).node;
const element = joinedUp(comparing.map((asked) => `_ ${asked}`));
const ruleOf = (about: 'user' | 'agent'): fc.Arbitrary<string> => {
  const name = fc.constantFrom(...(about === 'user' ? ['user'] : ['agent', 'servicePrincipal']));
  return joinedUp(fc.oneof(
    fc.tuple(name, fc.constantFrom(...texts[about], ...lists[about]), fc.oneof(comparing, isNull)).map(([of, property, asked]) => `${of}.${property} ${asked}`),
    fc.tuple(name, fc.constantFrom(...lists[about]), fc.constantFrom('-any', '-all'), element).map(([of, property, which, where]) => `${of}.${property} ${which} (${where})`),
    fc.tuple(name, fc.constantFrom('-eq', '-ne'), fc.constantFrom('true', 'false', 'null')).map(([of, ...asked]) => `${of}.accountEnabled ${asked.join(' ')}`),
    ...(about === 'user' ? [fc.constantFrom(...ids).map((id) => `Direct Reports for "${id}"`), fc.constant('user.onPremisesSyncEnabled -eq true')] : []),
  ));
};

it('says of every identity what the database says of all', async () => {
  await fc.assert(fc.asyncProperty(fc.oneof(ruleOf('user'), ruleOf('agent')), async (text) => {
    const decision = parseMembershipRule(text);
    fc.pre(decision.ok);
    if (!decision.ok) return;
    const found = await all(db, sql<{ id: string }>`select o.id from directory_objects o where ${isMemberBy(decision.value, 'o')}`);
    const expected = [...subjects].filter(([, subject]) => isMember(decision.value, subject)).map(([id]) => id);
    expect([text, found.map(({ id }) => id).toSorted()]).toEqual([text, expected.toSorted()]);
  }), { numRuns: 1500 });
});

it('has somebody in many rules, and somebody outside of them', () => {
  const sizes = fc.sample(fc.oneof(ruleOf('user'), ruleOf('agent')), 300).map((text) => {
    const decision = parseMembershipRule(text);
    return decision.ok ? [...subjects.values()].filter((subject) => isMember(decision.value, subject)).length : -1;
  });
  expect(sizes.filter((size) => size > 0 && size < subjects.size).length).toBeGreaterThan(100);
  expect(sizes.filter((size) => size < 0).length).toBeLessThan(60);
});
