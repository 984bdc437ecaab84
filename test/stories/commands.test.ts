/** The stories, told to commands on PostgreSQL. */
import { inTransaction } from '../../src/platform/db/transaction.ts';
import { insertClients } from '../model/rows.ts';
import { testDatabase } from '../support/database.ts';
import { CommandWorld } from './commands.ts';
import { play } from './play.ts';

const database = await testDatabase();
await inTransaction(database.owner, insertClients);

play('commands', async () => new CommandWorld(database));
