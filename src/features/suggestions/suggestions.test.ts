import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { testDatabase } from '../../../test/support/database.ts';
import { personCaller } from '../../../test/support/entitlement.ts';
import { GraphDoor } from '../../../test/support/graph-door.ts';
import { administrator, link, makeHouse, makeObject, makePackage, makePolicy, person, workload } from '../../../test/support/lifecycle.ts';
import { newId } from '../../platform/ids.ts';
import { groundsOf } from './model.ts';

const { db } = await testDatabase();
const graph = new GraphDoor(db);
const house = await makeHouse(db);
const em = '/identityGovernance/entitlementManagement';
const by = (on: string): string => `${em}/accessPackageSuggestions/filterByCurrentUser(on='${on}')`;
const people = by('relatedPeopleAssignments');
const history = by('assignmentHistory');

async function makeOpenPackage(): Promise<{ readonly id: string; readonly policyId: string }> {
  const id = await makePackage(db, house);
  return { id, policyId: await makePolicy(db, id) };
}

/** Somebody holds a package, or held it until some days ago. */
async function hold(target: string, { id, policyId }: { readonly id: string; readonly policyId: string }, endedDaysAgo?: number): Promise<void> {
  const end = endedDaysAgo === undefined ? sql`'infinity'::timestamptz` : sql`now() - ${endedDaysAgo} * interval '1 day'`;
  await sql`insert into assignments (id, access_package_id, policy_id, target_id, state, status, starts_at, ends_at, expired_at)
    values (${newId()}, ${id}, ${policyId}, ${target}, ${endedDaysAgo === undefined ? 'delivered' : 'expired'}, 'Delivered', now() - interval '90 days', ${end}, ${endedDaysAgo === undefined ? null : sql`now()`})`.execute(db);
}

const user = async (department?: string): Promise<string> => {
  const id = await makeObject(db, 'user');
  if (department !== undefined) await sql`update directory_objects set data = ${JSON.stringify({ department })} where id = ${id}`.execute(db);
  return id;
};
const show = async (body: object): Promise<void> => {
  expect((await graph.send('PUT', `${em}/controlConfigurations/endUserSettings`, { caller: administrator(newId()), body })).status).toBe(200);
};

describe('people around somebody', () => {
  it('are its manager, its reports, those with the same manager and those of its department, and nobody else', async () => {
    const me = await user('Ward 9');
    const related = { manager: await user(), report: await user(), sibling: await user(), colleague: await user('ward 9') };
    const strangers = { other: await user('Ward 10'), bossOfBoss: await user(), disabled: await user('Ward 9') };
    await link(db, 'manager', [me, related.manager]);
    await link(db, 'manager', [related.sibling, related.manager]);
    await link(db, 'manager', [related.report, me]);
    await link(db, 'manager', [related.manager, strangers.bossOfBoss]);
    await sql`update directory_objects set account_enabled = false where id = ${strangers.disabled}`.execute(db);
    const expected: string[] = [];
    for (const id of Object.values(related)) { const made = await makeOpenPackage(); await hold(id, made); expected.push(made.id); }
    for (const id of Object.values(strangers)) await hold(id, await makeOpenPackage());
    expect(await graph.values(people, 'id', { caller: person(me) })).toEqual(expected.toSorted());
    expect(await graph.values(history, 'id', { caller: person(me) })).toEqual([]);
  });

  it('are counted, named, or left out, as administrators set it', async () => {
    const [me, one, two, kit] = [await user('Archive'), await user('Archive'), await user('Archive'), await makeOpenPackage()];
    await hold(one, kit);
    await hold(two, kit);
    const reasons = async () => await graph.list(`${people}?$expand=accessPackage`, { caller: person(me) });
    const counted = { '@odata.type': '#microsoft.graph.accessPackageSuggestionRelatedPeopleBased', relatedPeopleAssignmentCount: 2 };
    expect(await reasons()).toMatchObject([{ id: kit.id, reasons: [{ ...counted, relatedPeople: [] }], accessPackage: { id: kit.id } }]);
    await show({ relatedPeopleInsightLevel: 'countAndNames' });
    const named = await reasons();
    expect(named).toMatchObject([{ reasons: [counted] }]);
    for (const id of [one, two]) expect(JSON.stringify(named)).toContain(id);
    for (const body of [{ relatedPeopleInsightLevel: 'disabled' }, { isEnabled: false }]) {
      await show(body);
      expect(await reasons()).toEqual([]);
    }
    await show({});
  });
});

describe('a suggestion', () => {
  it('reminds of what somebody held before, how often and since when last', async () => {
    const [me, kit] = [await user(), await makeOpenPackage()];
    await hold(me, kit, 30);
    await hold(me, kit, 5);
    const [found] = await graph.list(by('assignmentHistory,relatedPeopleAssignments'), { caller: person(me) });
    expect(found).toMatchObject({ id: kit.id, reasons: [{ '@odata.type': '#microsoft.graph.accessPackageSuggestionSelfAssignmentHistoryBased', pastAssignmentCount: 2, lastAssignmentDateTime: expect.stringMatching(/Z$/) }] });
    expect(await graph.send('GET', `${em}/accessPackageSuggestions/${kit.id}/accessPackage`, { caller: person(me) })).toMatchObject({ status: 200, body: { id: kit.id } });
    expect(await graph.values(by('all'), 'id', { caller: person(me), version: 'beta' })).toEqual([kit.id]);
  });

  it('is only of what may be asked for now and is not held, hidden, asked for already or excluded', async () => {
    const [me, mate] = [await user('Lab'), await user('Lab')];
    const [fine, held, hidden, closed, pending, excluded, unpublished] = [await makeOpenPackage(), await makeOpenPackage(), await makeOpenPackage(), await makeOpenPackage(), await makeOpenPackage(), await makeOpenPackage(), await makeOpenPackage()];
    for (const kit of [fine, held, hidden, closed, pending, excluded, unpublished]) await hold(mate, kit);
    await hold(me, held);
    await sql`update access_packages set is_hidden = true where id = ${hidden.id}`.execute(db);
    await sql`update assignment_policies set allowed_target_scope = 'allDirectoryAgentIdentities' where id = ${closed.policyId}`.execute(db);
    await sql`insert into assignment_requests (id, request_type, state, status, requestor_id, target_id, access_package_id, policy_id, schedule)
      values (${newId()}, 'userAdd', 'pendingApproval', 'x', ${me}, ${me}, ${pending.id}, ${pending.policyId}, '{}')`.execute(db);
    await sql`insert into incompatible_packages (access_package_id, incompatible_id) values (${excluded.id}, ${held.id})`.execute(db);
    const draft = newId();
    await sql`insert into catalogs (id, display_name, state) values (${draft}, 'draft', 'unpublished')`.execute(db);
    await sql`update access_packages set catalog_id = ${draft} where id = ${unpublished.id}`.execute(db);
    expect(await graph.values(people, 'id', { caller: person(me) })).toEqual([fine.id]);
    for (const { id } of [held, hidden]) expect((await graph.send('GET', `${em}/accessPackageSuggestions/${id}`, { caller: person(me) })).status).toBe(404);
  });

  it('can be paged and sorted out like any list', async () => {
    const [me, kits] = [await user(), [await makeOpenPackage(), await makeOpenPackage(), await makeOpenPackage()]];
    for (const kit of kits) await hold(me, kit, 3);
    const first = await graph.send('GET', `${history}?$top=2&$count=true`, { caller: person(me) });
    expect(first.body).toMatchObject({ '@odata.count': 3, '@odata.nextLink': expect.stringContaining('$skiptoken') });
    expect(await graph.values(`${history}?$filter=id eq '${kits[1]?.id ?? ''}'&$select=id`, 'id', { caller: person(me) })).toEqual([kits[1]?.id]);
  });

  it('is for those who may ask for themselves, and its grounds have names', async () => {
    expect((await graph.send('GET', people, { caller: personCaller(newId(), { permissions: new Set(['User.Read']) }) })).status).toBe(403);
    expect(await graph.list(people, { caller: workload(await makeObject(db, 'agentIdentity'), 'agentIdentity') })).toEqual([]);
    expect(await graph.send('GET', by('somethingElse'), { caller: person(await user()) })).toMatchObject({ status: 400, body: { error: { target: 'on' } } });
  });
});

describe('groundsOf', () => {
  it.each([
    ['relatedPeopleAssignments', ['relatedPeopleAssignments']], ['assignmenthistory', ['assignmentHistory']], ['all', ['relatedPeopleAssignments', 'assignmentHistory']],
    ['assignmentHistory, RelatedPeopleAssignments', ['relatedPeopleAssignments', 'assignmentHistory']], ['', undefined], ['all,assignmentHistory', undefined],
  ])('%j', (on, expected) => { expect(groundsOf(on)).toEqual(expected); });
});
