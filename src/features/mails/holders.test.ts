/** Access that nobody has asked for, and access of programs: who is told of it, on PostgreSQL. */
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { TellingHouse } from '../../../test/support/mail.ts';
import { testDatabase } from '../../../test/support/database.ts';
import { ask, link, makeObject, serverWork } from '../../../test/support/lifecycle.ts';
import { newId } from '../../platform/ids.ts';
import { inTransaction, one } from '../../platform/db/transaction.ts';
import { giveByItself, takeByItself } from '../requests/commands/by-itself.ts';

const house = await TellingHouse.open((await testDatabase()).databaseUrl);
const { db, office, admin } = house;

const policyOf = async (packageId: string): Promise<string> => (await one(db, sql<{ id: string }>`select id from assignment_policies where access_package_id = ${packageId}`)).id;
const assignmentOf = async (targetId: string): Promise<string> => (await one(db, sql<{ id: string }>`select id from assignments where target_id = ${targetId}`)).id;

/** A program with an owner of its own and one of its application; both, and whoever owns another program, have an address. */
async function newProgram(): Promise<{ readonly id: string; readonly name: string }> {
  const appId = newId();
  const [application, id, other] = [await makeObject(db, 'application', appId), await makeObject(db, 'servicePrincipal', appId), await makeObject(db, 'servicePrincipal')];
  for (const [of, name] of [[id, 'Owner'], [application, 'Maker'], [other, 'Stranger']] as const) await link(db, 'owner', [of, (await house.newPerson(name)).principalId]);
  return { id, name: `servicePrincipal ${id.slice(-4)}` };
}

describe('the access of a service principal', () => {
  it('is told to its owners and those of its application, from beginning to end', async () => {
    const { id, name } = await newProgram();
    const packageId = await house.offer({ scope: 'allDirectoryServicePrincipals', expiration: { type: 'afterDuration', duration: 'P365D' } });
    await ask(db, admin, { type: 'adminAdd', named: { accessPackageId: packageId, policyId: await policyOf(packageId), targetId: id } });
    expect(await office.post()).toEqual(['maker', 'owner'].map((who) => `${who}: ${name} now has ${house.box}`));
    const assignmentId = await assignmentOf(id);
    await sql`update assignments set starts_at = now() - interval '80 days', ends_at = now() + interval '20 hours' where id = ${assignmentId}`.execute(db);
    await house.sweep();
    expect(await office.post()).toEqual(['maker', 'owner'].map((who) => `${who}: The access of ${name} to ${house.box} ends soon`));
    await ask(db, admin, { type: 'adminRemove', named: { assignmentId } });
    expect(await office.post()).toEqual(['maker', 'owner'].map((who) => `${who}: The access of ${name} to ${house.box} was removed`));
  });

  it('is told to nobody when it has no owner', async () => {
    const id = await makeObject(db, 'servicePrincipal');
    const packageId = await house.offer({ scope: 'allDirectoryServicePrincipals' });
    await ask(db, admin, { type: 'adminAdd', named: { accessPackageId: packageId, policyId: await policyOf(packageId), targetId: id } });
    expect(await office.post()).toEqual([]);
  });
});

describe('what the server gives and takes by itself', () => {
  const give = async (packageId: string, targetId: string): Promise<void> => {
    const policyId = await policyOf(packageId);
    const made = await inTransaction(db, async (tx) => await giveByItself(serverWork(tx), { targetId, accessPackageId: packageId, policyId }));
    expect(made.ok).toBe(true);
  };
  const take = async (targetId: string): Promise<void> => {
    const id = await assignmentOf(targetId);
    await inTransaction(db, async (tx) => await takeByItself(serverWork(tx), id, 'The rule is no longer matched.'));
  };

  it('is told to the person who has it, when it comes and when it goes, each once', async () => {
    const ann = await house.newPerson('Ann');
    await give(await house.offer(), ann.principalId);
    expect(await office.post()).toEqual([`ann: You now have ${house.box}`]);
    await take(ann.principalId);
    await house.sweep();
    expect(await office.post()).toEqual([`ann: Your access to ${house.box} was removed`]);
  });

  it('is told to those who answer for the program that has it', async () => {
    const { id, name } = await newProgram();
    await give(await house.offer({ scope: 'allDirectoryServicePrincipals' }), id);
    expect(await office.post()).toEqual(['maker', 'owner'].map((who) => `${who}: ${name} now has ${house.box}`));
    await take(id);
    expect(await office.post()).toEqual(['maker', 'owner'].map((who) => `${who}: The access of ${name} to ${house.box} was removed`));
  });

  it('is told to nobody where the policy mutes its assignments', async () => {
    const ann = await house.newPerson('Ann');
    await give(await house.offer({}, true), ann.principalId);
    await take(ann.principalId);
    expect(await office.post()).toEqual([]);
  });
});
