/** What time makes due is found by index: the sweep asks for it, and for the next moment, after everything that it does, however many stages are open. */
import { Kysely, PostgresDialect, sql, type CompiledQuery } from 'kysely';
import { afterAll, expect, it } from 'vitest';
import { listApproverChanges, listStagesDue } from '../../src/features/approvals/store/due.ts';
import { findNextDue } from '../../src/features/assignments/store.ts';
import type { Db, Tables, Tx } from '../../src/platform/db/database.ts';
import { silentLog } from '../../src/platform/db/log.ts';
import { openPool } from '../../src/platform/db/pool.ts';
import { inTransaction } from '../../src/platform/db/transaction.ts';
import { testDatabase } from '../support/database.ts';
import { approvedBy, ask, makeHouse, makeObject, makePackage, makePolicy, person } from '../support/lifecycle.ts';
import { PlanReader, type Examined } from '../support/plans.ts';

const database = await testDatabase();
const { db } = database;
const reader = new PlanReader(database);
const sent: CompiledQuery[] = [];
const watched: Db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: openPool({ databaseUrl: database.databaseUrl, size: 1, log: silentLog, settings: [] }) }), log: ({ query }) => { sent.push(query); } });
afterAll(async () => { await watched.destroy(); });

const [asks, decides] = [await makeObject(db, 'user'), await makeObject(db, 'user')];
const packageId = await makePackage(db, await makeHouse(db));
await makePolicy(db, packageId, { approval: approvedBy([[decides]]) });
const { id: requestId } = await ask(db, person(asks), { type: 'userAdd', named: { accessPackageId: packageId } });
await sql`insert into directory_objects (id, type, display_name, user_principal_name) select gen_random_uuid(), 'user', 'u', gen_random_uuid() || '@example.com' from generate_series(1, 6000)`.execute(db);
await sql`insert into assignment_requests (id, request_type, state, status, requestor_id, target_id, access_package_id, policy_id, schedule)
  select gen_random_uuid(), 'userAdd', 'pendingApproval', 'PendingApproval', o.id, o.id, r.access_package_id, r.policy_id, '{}' from directory_objects o cross join assignment_requests r where r.id = ${requestId} and o.display_name = 'u'`.execute(db);
// Each of the times has come for every thousandth stage, and is far off for the others.
await sql`
  insert into approval_stages (id, request_id, position, status, lasts, opened_at, due_at, escalates_at, remind_at, recheck_at)
  select gen_random_uuid(), r.id, 0, 'InProgress', 'P14D', now(), case when r.n % 1000 = 1 then now() - interval '1 hour' else now() + interval '9 days' end, case when r.n % 1000 = 2 then now() - interval '1 hour' else now() + interval '5 days' end,
         case when r.n % 1000 = 3 then now() - interval '1 hour' else now() + interval '4 days' end, case when r.n % 1000 = 4 then now() - interval '1 hour' else now() + interval '1 day' end
    from (select id, row_number() over () as n from assignment_requests where id <> ${requestId}) r`.execute(db);
await sql`insert into approver_changes (object_id) select id from directory_objects where display_name = 'u'`.execute(db);
await sql`vacuum analyze`.execute(database.owner);

async function examine(act: (tx: Tx) => Promise<unknown>): Promise<Examined> {
  sent.length = 0;
  await inTransaction(watched, act);
  const [statement] = sent.filter(({ sql: text }) => text.includes('select'));
  return await reader.examine(statement ?? expect.unreachable('nothing was asked'));
}

const query = { now: new Date(), limit: 10, except: [requestId] };

it.each<[string, (tx: Tx) => Promise<unknown>, number]>([
  ['the next moment at which something is due', async (tx) => await findNextDue(tx, []), 40],
  ['and without what is known to fail', async (tx) => await findNextDue(tx, [requestId, packageId]), 40],
  ['stages that nobody decided', listStagesDueBy('due_at'), 30], ['stages that escalate', listStagesDueBy('escalates_at'), 30], ['stages whose approvers are reminded', listStagesDueBy('remind_at'), 30],
  ['stages of which it is found out again who decides', listStagesDueBy('recheck_at'), 30], ['changes of who decides', async (tx) => await listApproverChanges(tx, query), 30],
])('%s', async (_, act, most) => {
  const examined = await examine(act);
  expect(examined.scanned, examined.plan).toEqual([]);
  expect(examined.rows, examined.plan).toBeLessThanOrEqual(most);
});

function listStagesDueBy(timer: Parameters<typeof listStagesDue>[0]): (tx: Tx) => Promise<unknown> {
  return async (tx) => {
    const found = await listStagesDue(timer)(tx, query);
    expect(found).toHaveLength(6);
    return found;
  };
}
