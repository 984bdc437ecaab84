import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { testDatabase } from '../../../test/support/database.ts';
import { createdId, directoryObject, globalAdmin, refusalOf, run } from '../../../test/support/entitlement.ts';
import { all } from '../../platform/db/transaction.ts';
import type { Json } from '../../platform/graph/model.ts';
import { newId } from '../../platform/ids.ts';
import { createCatalog } from '../catalogs/commands/catalogs.ts';
import { createPackage } from '../packages/commands/packages.ts';
import { createPolicy, removePolicy, replacePolicy } from './commands.ts';
import { loadPolicy } from './store.ts';

const database = await testDatabase();
const admin = globalAdmin(await directoryObject(database, 'user'));
const catalog = createdId(await run(database, admin, { command: createCatalog, body: { displayName: 'C' } }));
const newPackage = async (): Promise<string> => createdId(await run(database, admin, { command: createPackage, body: { displayName: 'P', catalog } }));
const one = (userId: string): Json => ({ '@odata.type': '#microsoft.graph.singleUser', userId });
const create = (body: Json) => run(database, admin, { command: createPolicy, body: { displayName: 'Pol', ...body } });
const targets = async (id: string): Promise<readonly unknown[]> => (await all(database.db, sql<{ id: string }>`select target_id as id from policy_targets where policy_id = ${id}`)).map((row) => row.id).toSorted();

const policiesOf = async (accessPackage: string): Promise<readonly unknown[]> => await all(database.db, sql`select id from assignment_policies where access_package_id = ${accessPackage}`);

describe('policies', () => {
  it('are kept with their targets, described by name', async () => {
    const [accessPackage, user] = [await newPackage(), await directoryObject(database, 'user')];
    const id = createdId(await create({ accessPackage, allowedTargetScope: 'specificDirectoryUsers', specificAllowedTargets: [one(user), one(user)] }));
    expect(await targets(id)).toEqual([user]);
    expect(await all(database.db, sql`select specific_allowed_targets -> 0 ->> 'description' as said from assignment_policies where id = ${id}`)).toEqual([{ said: `user ${user}` }]);
    expect(await policiesOf(accessPackage)).toEqual([{ id }]);
  });

  it('are replaced whole: targets, settings and all', async () => {
    const [accessPackage, [a, b, c]] = [await newPackage(), await Promise.all(['user', 'user', 'user'].map(() => directoryObject(database, 'user')))];
    const body = { accessPackage, allowedTargetScope: 'specificDirectoryUsers', specificAllowedTargets: [one(a ?? ''), one(b ?? '')], canExtend: true, expiration: { type: 'afterDuration', duration: 'P30D' } };
    const id = createdId(await create(body));
    const replace = (more: Json) => run(database, admin, { command: replacePolicy, body: { displayName: 'New', ...more }, input: { id } });
    await replace({ allowedTargetScope: 'specificDirectoryUsers', specificAllowedTargets: [one(b ?? ''), one(c ?? '')] });
    expect(await targets(id)).toEqual([b, c].toSorted());
    expect(await loadPolicy(database.db, id)).toMatchObject({ displayName: 'New', canExtend: false, expiration: { type: 'notSpecified' }, accessPackageId: accessPackage });
    await replace({});
    expect(await targets(id)).toEqual([]);
    expect((await refusalOf(replace({ accessPackage: await newPackage() }))).problem).toBe('ruleBroken');
  });

  it('need a package, and one that exists', async () => {
    expect((await refusalOf(create({}))).problem).toBe('invalidModel');
    expect((await refusalOf(create({ accessPackage: newId() }))).problem).toBe('notFound');
  });

  it('name nobody who is not there, and nothing half done', async () => {
    const [accessPackage, agent] = [await newPackage(), await directoryObject(database, 'agentIdentity')];
    expect((await refusalOf(create({ accessPackage, allowedTargetScope: 'specificDirectoryUsers', specificAllowedTargets: [one(newId())] }))).message).toContain('does not exist');
    expect((await refusalOf(create({ accessPackage, allowedTargetScope: 'specificDirectoryUsers', specificAllowedTargets: [one(agent)] }))).message).toContain('agentIdentity');
    expect((await refusalOf(create({ accessPackage, allowedTargetScope: 'specificDirectoryUsers' }))).message).toContain('never means everyone');
    expect(await policiesOf(accessPackage)).toEqual([]);
  });

  it('give questions ids that answers can name', async () => {
    const id = createdId(await create({ accessPackage: await newPackage(), questions: [{ '@odata.type': '#microsoft.graph.accessPackageTextInputQuestion', text: 'Why?', sequence: 1, id: null }] }));
    expect((await loadPolicy(database.db, id))?.questions[0]?.id).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('go when nothing stands on them', async () => {
    const id = createdId(await create({ accessPackage: await newPackage() }));
    expect((await run(database, admin, { command: removePolicy, input: { id } })).answer).toBe('done');
    expect((await refusalOf(run(database, admin, { command: removePolicy, input: { id } }))).problem).toBe('notFound');
  });

  it('take their own history with them, and nobody else\'s', async () => {
    const accessPackage = await newPackage();
    const [id, other] = [createdId(await create({ accessPackage })), createdId(await create({ accessPackage }))];
    const [user, assignment, own, foreign] = [await directoryObject(database, 'user'), newId(), newId(), newId()];
    await sql`insert into assignments (id, access_package_id, policy_id, target_id, state, status, starts_at, expired_at) values (${assignment}, ${accessPackage}, ${id}, ${user}, 'expired', 'x', now(), now())`.execute(database.db);
    for (const [request, policyId] of [[own, id], [foreign, other]]) {
      await sql`insert into assignment_requests (id, request_type, state, status, target_id, access_package_id, policy_id, assignment_id, schedule, completed_at)
        values (${request}, 'adminAdd', 'delivered', 'x', ${user}, ${accessPackage}, ${policyId}, ${assignment}, '{}', now())`.execute(database.db);
    }
    expect((await run(database, admin, { command: removePolicy, input: { id } })).answer).toBe('done');
    expect(await all(database.db, sql`select id, state from assignment_requests where target_id = ${user}`)).toEqual([{ id: foreign, state: 'delivered' }]);
    const [event] = await all(database.db, sql<{ additional: unknown }>`select additional from audit_events where ${id}::uuid = any(target_ids) and operation = 'Delete'`);
    expect(event?.additional).toEqual([{ key: 'deletedRequests', value: '1' }, { key: 'deletedAssignments', value: '1' }]);
  });
});
