/** Commands of the fixture: the least SQL that shows that the right one ran, with the right input. */
import { sql } from 'kysely';
import { refuse } from '../../../src/kernel/problem.ts';
import { all } from '../../../src/platform/db/transaction.ts';
import { newId } from '../../../src/platform/ids.ts';
import { text, whole } from '../../../src/platform/graph/declare.ts';
import type { Command, Functions, GraphWork, Json } from '../../../src/platform/graph/model.ts';

const columns: Readonly<Record<string, string>> = { displayName: 'display_name', description: 'description', kind: 'catalog_type', state: 'state', isOpen: 'is_externally_visible', code: 'unique_name', owner: 'created_by', isHidden: 'is_hidden' };

async function write(work: GraphWork, at: { readonly table: string; readonly id: string }, body: Json): Promise<void> {
  const sets = Object.entries(body).flatMap(([name, value]) => (columns[name] === undefined ? [] : [sql`${sql.ref(columns[name])} = ${value}`]));
  if (sets.length > 0) await sql`update ${sql.table(at.table)} set ${sql.join(sets)} where id = ${at.id}::uuid`.execute(work.tx);
}

export const createShelf: Command = async (work, input) => {
  const id = newId();
  await sql`insert into catalogs (id, display_name) values (${id}, 'unnamed')`.execute(work.tx);
  await write(work, { table: 'catalogs', id }, input.body);
  return { answer: 'created', id };
};

export const changeShelf: Command = async (work, input) => {
  await write(work, { table: 'catalogs', id: input.id }, input.body);
  return { answer: 'entity', id: input.id };
};

export const replaceShelf: Command = async (work, input) => changeShelf(work, { ...input, body: { description: null, ...input.body } });

export const removeShelf: Command = async (work, input) => {
  await sql`delete from catalogs where id = ${input.id}::uuid`.execute(work.tx);
  return { answer: 'done' };
};

export const rename: Command = async (work, input) => changeShelf(work, input);

/** Writes, and then refuses: nothing of it may stay. */
export const failLate: Command = async (work, input) => {
  await write(work, { table: 'catalogs', id: input.id }, { displayName: 'half done' });
  return refuse('conflict', { reason: 'Too late.' });
};

export const tell: Command = async (_work, input) => ({ answer: 'value', value: { id: input.id, ancestors: input.ancestors, body: input.body } });

export const purge: Command = async () => ({ answer: 'accepted' });

export const createBox: Command = async (work, input) => {
  const id = newId();
  await sql`insert into access_packages (id, catalog_id, display_name) values (${id}, ${String(input.body['shelf'])}::uuid, ${String(input.body['displayName'])})`.execute(work.tx);
  return { answer: 'created', id };
};

export const changeBox: Command = async (work, input) => {
  await write(work, { table: 'access_packages', id: input.id }, input.body);
  return { answer: 'done' };
};

export const createTeam: Command = async (work, input) => {
  const id = newId();
  await sql`insert into directory_objects (id, type, display_name) values (${id}, 'group', ${String(input.body['displayName'])})`.execute(work.tx);
  for (const member of Array.isArray(input.body['members']) ? input.body['members'] : []) await addMemberRef(work, { ...input, id, body: { id: member } });
  return { answer: 'created', id };
};

const describe = (word: string): Command => async (work, input) => {
  await sql`update directory_objects set description = ${word} where id = ${input.id}::uuid`.execute(work.tx);
  return { answer: 'entity', id: input.id };
};

export const changePerson = describe('changed as a person');
export const changeTeam = describe('changed as a team');

export const addMemberRef: Command = async (work, input) => {
  await sql`insert into grants (id, kind, principal_id, resource_id, manual) values (${newId()}, 'member', ${String(input.body['id'])}::uuid, ${input.id}::uuid, true)`.execute(work.tx);
  return { answer: 'done' };
};

export const removeMemberRef: Command = async (work, input) => {
  await sql`delete from grants where principal_id = ${String(input.body['id'])}::uuid and resource_id = ${input.id}::uuid`.execute(work.tx);
  return { answer: 'done' };
};

export const setManagerRef: Command = async (work, input) => {
  await sql`insert into directory_links (source_id, kind, target_id) values (${input.id}::uuid, 'manager', ${String(input.body['id'])}::uuid)`.execute(work.tx);
  return { answer: 'done' };
};

/** Functions that only read: each answers in one of the ways that there are, from what it was given. */
export const answering: Functions = {
  sizes: { parameters: { least: whole({ required: true }), of: text() }, read: async (_work, { id, arguments: given, ancestors }) => ({ answer: 'values', values: [Number(given['least']), id.length, ancestors.length] }) },
  summary: { read: async (_work, { id, ancestors }) => ({ answer: 'value', value: { about: id, behind: ancestors.map((each) => each.id) } }) },
  twin: { read: async (_work, { id }) => ({ answer: 'entity', id }) },
  boxesBackwards: {
    read: async ({ tx }, { id }) => ({ answer: 'entities', entityType: 'box', ids: (await all(tx, sql<{ id: string }>`select id from access_packages where catalog_id = ${id === '' ? null : id} order by display_name desc`)).map((row) => row.id) }),
  },
  refusing: { only: 'beta', read: async () => refuse('ruleBroken', { reason: 'No.' }) },
};
