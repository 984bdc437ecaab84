/** A process of its own for embedded.test.ts: inserts rows into `kept` and reports how many are acknowledged, until it is killed. */
import { sql } from 'kysely';
import { openDatabase } from '../../src/platform/db/database.ts';
import { silentLog } from '../../src/platform/db/log.ts';

const database = await openDatabase({ home: process.argv[2] ?? '', databaseUrl: undefined, poolSize: 1, log: silentLog });
await sql`create table if not exists kept (id int)`.execute(database.owner);
for (let id = 1; process.connected; id++) {
  await sql`insert into kept values (${id})`.execute(database.db);
  process.send?.(id);
}
await database.stop();
