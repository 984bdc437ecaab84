/** delta() misses nothing, whoever commits when. */
import fc from 'fast-check';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { recordsAt, type JsonRecord } from '../../../src/kernel/json.ts';
import { newId } from '../../../src/platform/ids.ts';
import { deltaWorld, idsOf } from './delta-world.ts';
import { addPerson, addTeam } from './fixture.ts';

const { db, client, round, rename } = await deltaWorld();

/** What a client that follows links believes there is. */
class Mirror {
  readonly names = new Map<string, unknown>();
  readonly members = new Map<string, Set<string>>();
  take(items: readonly JsonRecord[]): void {
    for (const item of items) {
      const id = String(item['id']);
      if (item['@removed'] !== undefined) { this.names.delete(id); this.members.delete(id); continue; }
      this.names.set(id, item['displayName']);
      const held = this.members.get(id) ?? new Set<string>();
      for (const one of recordsAt(item, 'members@delta')) if (one['@removed'] === undefined) held.add(String(one['id'])); else held.delete(String(one['id']));
      this.members.set(id, held);
    }
  }
}

describe('nothing is missed', () => {
  it('of a transaction that began early and committed late', async () => {
    const early = await addTeam(db, 'early');
    let { link } = await round('/teams/delta');
    await db.connection().execute(async (slow) => {
      await sql`begin`.execute(slow);
      await rename(early, 'before').catch(() => {});
      await sql`update directory_objects set description = 'late' where id = ${early}`.execute(slow);
      const other = await addTeam(db, 'other');
      const between = await round(link);
      expect(idsOf(between)).toContain(other);
      ({ link } = between);
      await sql`commit`.execute(slow);
    });
    const after = await round(link);
    expect(after.items).toEqual([expect.objectContaining({ id: early, description: 'late' })]);
  });

  it('under writers that commit when they like: a mirror ends as the list is', async () => {
    const teams = await Promise.all(Array.from({ length: 6 }, async (_, n) => addTeam(db, `t${n}`)));
    const people = await Promise.all(Array.from({ length: 5 }, async (_, n) => addPerson(db, `p${n}`)));
    const change = fc.record({ what: fc.constantFrom('rename', 'remove', 'restore', 'join', 'leave', 'make'), team: fc.nat(5), person: fc.nat(4), pause: fc.nat(12), rollback: fc.integer({ min: 0, max: 9 }) });
    await fc.assert(fc.asyncProperty(fc.array(fc.array(change, { minLength: 1, maxLength: 4 }), { minLength: 8, maxLength: 24 }), async (works) => {
      const mirror = new Mirror();
      const first = await round('/teams/delta?$top=2');
      mirror.take(first.items);
      let { link } = first;
      let isWriting = true;
      const writers = Array.from({ length: 4 }, async (_, lane) => {
        for (const work of works.filter((__, index) => index % 4 === lane)) await carryOut(work, { teams, people });
      });
      const done = Promise.all(writers).finally(() => { isWriting = false; });
      while (isWriting) {
        const told = await round(link);
        mirror.take(told.items);
        ({ link } = told);
      }
      await done;
      mirror.take((await round(link)).items);
      const truth = await client.list('/teams?$top=999&$expand=members($top=99)');
      expect(Object.fromEntries(mirror.names)).toEqual(Object.fromEntries(truth.map((team) => [team['id'], team['displayName']])));
      for (const team of truth) expect([...mirror.members.get(String(team['id'])) ?? []].toSorted()).toEqual(recordsAt(team, 'members').map(({ id }) => String(id)).toSorted());
    }), { numRuns: 40, endOnFailure: true, interruptAfterTimeLimit: 40_000 });
  }, 60_000);
});

interface Change { readonly what: string; readonly team: number; readonly person: number; readonly pause: number; readonly rollback: number }

/** One transaction of a few changes, with a pause before each and before its end. */
async function carryOut(work: readonly Change[], { teams, people }: { readonly teams: readonly string[]; readonly people: readonly string[] }): Promise<void> {
  await db.transaction().execute(async (tx) => {
    for (const { what, team: t, person: p, pause, rollback } of work.toSorted((a, b) => a.team - b.team)) {
      const [team, person] = [teams[t] ?? '', people[p] ?? ''];
      await sql`select pg_sleep(${pause / 1000})`.execute(tx);
      if (what === 'rename') await sql`update directory_objects set display_name = ${newId()} where id = ${team}`.execute(tx);
      if (what === 'remove') await sql`update directory_objects set deleted_at = now() where id = ${team}`.execute(tx);
      if (what === 'restore') await sql`update directory_objects set deleted_at = null where id = ${team}`.execute(tx);
      if (what === 'make') await sql`insert into directory_objects (id, type, display_name) values (${newId()}, 'group', 'made')`.execute(tx);
      if (what === 'join') await sql`insert into grants (id, kind, principal_id, resource_id, manual) values (${newId()}, 'member', ${person}, ${team}, true) on conflict do nothing`.execute(tx);
      if (what === 'leave') await sql`delete from grants where principal_id = ${person} and resource_id = ${team}`.execute(tx);
      if (rollback === 0) throw new Error('rolled back');
    }
    await sql`select pg_sleep(${(work[0]?.pause ?? 0) / 500})`.execute(tx);
  }).catch(() => {});
}
