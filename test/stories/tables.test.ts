/** The stories, told to the tables of the lives and the pure rules. */
import { play } from './play.ts';
import { TableWorld } from './tables.ts';

play('tables', async () => await Promise.resolve(new TableWorld()));
