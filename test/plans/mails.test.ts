/** Mail is found by indexes, however much was sent before and however many assignments there are. */
import { Kysely, PostgresDialect, sql, type CompiledQuery } from 'kysely';
import { afterAll, expect, it } from 'vitest';
import { claimMails, deleteSettledMails, findNextMail } from '../../src/features/mails/store/outbox.ts';
import { claimSteps, findNextStep, readStepFacts } from '../../src/features/mails/store/steps.ts';
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
await sql`insert into directory_objects (id, type, display_name, user_principal_name) select gen_random_uuid(), 'user', 'u', gen_random_uuid() || '@example.com' from generate_series(1, 3000)`.execute(db);
await sql`insert into assignment_requests (id, request_type, state, status, requestor_id, target_id, access_package_id, policy_id, schedule, completed_at)
  select gen_random_uuid(), 'userAdd', 'denied', 'Denied', o.id, o.id, r.access_package_id, r.policy_id, '{}', now() from directory_objects o cross join assignment_requests r where r.id = ${requestId} and o.display_name = 'u'`.execute(db);
await sql`insert into mails (id, key, recipient_id, kind, thread_id, stage_id, said, state, due_at, created_at, changed_at)
  select gen_random_uuid(), 'k' || n, ${decides}, 'decisionNeeded', ${requestId}, s.id, '{}', case when n > 20000 then 'queued' else 'sent' end, case when n > 20000 then now() end, now(), now()
    from generate_series(1, 20100) n left join approval_stages s on n % 1000 = 0`.execute(db);
await sql`insert into mail_steps (noun, subject_id, event, to_state, transition_id, at) select 'accessPackageAssignmentRequest', ${requestId}, 'submit', 'pendingApproval', n, now() from generate_series(1, 1500) n`.execute(db);
await sql`insert into mail_steps (noun, subject_id, event, person_id, role, at) select 'approvalStage', s.id, 'asked', ${decides}, 'primary', now() from approval_stages s`.execute(db);
await sql`vacuum analyze`.execute(database.owner);

async function examine(act: (tx: Tx) => Promise<unknown>): Promise<Examined> {
  sent.length = 0;
  await inTransaction(watched, act);
  const [statement] = sent.filter(({ sql: text }) => /select|delete/.test(text));
  return await reader.examine(statement ?? expect.unreachable('nothing was asked'));
}

const now = new Date(Date.now() + 60_000);

it.each<[string, (tx: Tx) => Promise<unknown>, number]>([
  ['the next mail that is due', findNextMail, 5],
  ['mails that are due', async (tx) => await claimMails(tx, { now, until: new Date(now.getTime() + 60_000), limit: 10 }), 200],
  ['mails that were settled long ago', async (tx) => { await deleteSettledMails(tx, new Date(0)); }, 5],
  ['whether a step waits', async (tx) => await findNextStep(tx, now), 5],
  ['steps that wait', async (tx) => await claimSteps(tx, { now, limit: 10 }), 50],
  ['what decides who is told', async (tx) => await readStepFacts(tx, [1, 2, 3]), 200],
])('%s', async (_, act, most) => {
  const examined = await examine(act);
  expect(examined.scanned.filter((table) => table !== 'mail_steps'), examined.plan).toEqual([]);
  expect(examined.rows, examined.plan).toBeLessThanOrEqual(most);
});
