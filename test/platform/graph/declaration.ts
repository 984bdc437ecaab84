/** The declaration of the fixture. Permission `All` sees everything, `Some` what is not called hidden, `None` is refused shelves. */
import { sql } from 'kysely';
import type { Caller } from '../../../src/kernel/caller.ts';
import { choice, col, flag, guid, inBag, instant, list, number, record, span, text, whole, words } from '../../../src/platform/graph/declare.ts';
import type { Alias, ComplexType, Declaration, EntityType, Visibility } from '../../../src/platform/graph/model.ts';
import { addMemberRef, createBox, createShelf, createTeam, changeBox, changePerson, changeShelf, changeTeam, answering, failLate, purge, removeMemberRef, removeShelf, rename, replaceShelf, setManagerRef, tell } from './commands.ts';

const shelfKind = words('shelfKind', ['userManaged', 'serviceDefault'], { later: ['serviceManaged'], betaCase: 'pascal' });
const shelfState = words('shelfState', ['unpublished', 'published'], { beta: { published: 'Open' } });

const seesUnlessHidden = (caller: Caller, row: Alias): Visibility => {
  if (caller.permissions.has('None')) return 'none';
  return caller.permissions.has('Some') ? sql`${col(row, 'display_name')} not like 'hidden%'` : 'all';
};

const shelf: EntityType = {
  name: 'shelf', table: 'catalogs', alternateKeys: ['code'], searchable: ['displayName', 'description'],
  properties: {
    displayName: text({ required: true, notNull: true, max: 256 }),
    description: text(),
    kind: choice(shelfKind, { column: 'catalog_type', default: 'userManaged' }),
    state: choice(shelfState, { notNull: true, default: 'published' }),
    isOpen: flag({ column: 'is_externally_visible', notNull: true, default: false }),
    code: text({ column: 'unique_name', exact: true }),
    owner: text({ column: 'created_by' }),
    createdDateTime: instant({ column: 'created_at', readOnly: true }),
    nameLength: whole({ hidden: true, readOnly: true, sql: (row) => sql`length(${col(row, 'display_name')})` }),
    secret: text({ writeOnly: true }),
    reviser: text({ only: 'beta', column: 'modified_by', readOnly: true }),
  },
  navigations: {
    boxes: { to: 'box', many: true, inverse: 'shelf', join: (from, to) => sql`${col(to, 'catalog_id')} = ${col(from, 'id')}` },
    openBoxes: { to: 'box', many: true, only: 'beta', join: (from, to) => sql`${col(to, 'catalog_id')} = ${col(from, 'id')} and not ${col(to, 'is_hidden')}` },
  },
  functions: {
    boxesNamed: { parameters: { part: text({ required: true }) }, returns: 'box', where: (...[, row, given, from]) => sql`${col(row, 'catalog_id')} = ${from === undefined ? sql`null` : col(from, 'id')} and ${col(row, 'display_name')} ilike ${`%${String(given['part'])}%`}` },
    ...answering, newOnes: { returns: 'box', where: () => sql`true`, only: 'beta' },
  },
  beta: { rename: { state: 'shelfStatus', boxes: 'shelfBoxes' }, drop: ['owner'] },
  visible: seesUnlessHidden,
  create: createShelf, update: changeShelf, replace: replaceShelf, remove: removeShelf,
  actions: { rename: { parameters: { displayName: text({ required: true, notNull: true }) }, run: rename }, failLate: { run: failLate }, tell: { run: tell } },
  collectionActions: { purge: { run: purge } },
  collectionFunctions: {
    named: { parameters: { part: text({ required: true }), isOpen: flag(), least: whole() }, returns: 'shelf', where: (_caller, row, given) => sql`${col(row, 'display_name')} like ${`%${String(given['part'])}%`} and ${col(row, 'is_externally_visible')} = ${given['isOpen'] === true} and length(${col(row, 'display_name')}) >= ${Number(given['least'] ?? 0)}` },
    ...answering,
    newest: { returns: 'shelf', where: (_caller, row) => sql`${col(row, 'display_name')} = 'newest'`, only: 'beta' },
  },
};

const box: EntityType = {
  name: 'box', table: 'access_packages',
  properties: {
    displayName: text({ required: true, notNull: true }), description: text(), isHidden: flag({ notNull: true }), uniqueName: text({ immutable: true }),
    createdDateTime: instant({ column: 'created_at', readOnly: true }),
  },
  alternateKeys: ['uniqueName'],
  navigations: {
    shelf: { to: 'shelf', many: false, bind: true, column: 'catalog_id', join: (from, to) => sql`${col(to, 'id')} = ${col(from, 'catalog_id')}` },
    slots: { to: 'slot', many: true, contained: true, join: (from, to) => sql`${col(to, 'access_package_id')} = ${col(from, 'id')}` },
  },
  visible: seesUnlessHidden, create: createBox, update: changeBox, searchable: ['displayName'],
};

/** Seen only through its box. */
const slot: EntityType = {
  name: 'slot', table: 'package_roles', key: { column: 'id', type: 'text' },
  properties: { roleOriginId: text({ readOnly: true }), permissionId: guid({ readOnly: true }) },
  navigations: { box: { to: 'box', many: false, column: 'access_package_id', join: (from, to) => sql`${col(to, 'id')} = ${col(from, 'access_package_id')}` } },
  visible: () => 'none',
};

const color: ComplexType = { complex: 'color', properties: { name: text(), strength: whole(), shades: list(text()) }, variants: [{ complex: 'deepColor', properties: { depth: number() } }] };

const thing: EntityType = {
  name: 'thing', table: 'directory_objects', abstract: true, saysType: true,
  exists: (row) => sql`${col(row, 'deleted_at')} is null`,
  properties: { displayName: text(), deletedDateTime: instant({ column: 'deleted_at', readOnly: true }) },
  visible: seesUnlessHidden, delta: { area: 'directoryObject' },
};

const person: EntityType = {
  ...thing, abstract: false, name: 'person', base: 'thing', discriminator: 'user', alternateKeys: ['userPrincipalName'],
  properties: {
    userPrincipalName: text({ required: true, notNull: true }), accountEnabled: flag(),
    ...inBag({
      nickname: text(), age: whole(), height: number(), bornDateTime: instant(), badgeId: guid(), notice: span(), likes: choice(shelfKind),
      phones: list(text()), levels: list(whole()), color: record(color), colors: list(record(color)),
    }),
  },
  navigations: {
    manager: {
      to: 'thing', many: false, addRef: setManagerRef,
      join: (from, to) => sql`${col(to, 'id')} = (select l.target_id from directory_links l where l.source_id = ${col(from, 'id')} and l.kind = 'manager')`,
    },
    reports: { to: 'person', many: true, join: (from, to) => sql`exists (select 1 from directory_links l where l.source_id = ${col(to, 'id')} and l.target_id = ${col(from, 'id')} and l.kind = 'manager')` },
    teams: { to: 'team', many: true, join: (from, to) => sql`exists (select 1 from grants g where g.kind = 'member' and g.principal_id = ${col(from, 'id')} and g.resource_id = ${col(to, 'id')})` },
  },
  update: changePerson, delta: { area: 'directoryObject', navigations: ['manager'] },
};

const team: EntityType = {
  ...thing, abstract: false, name: 'team', base: 'thing', discriminator: 'group',
  properties: { description: text() },
  navigations: {
    members: {
      to: 'thing', many: true, bind: true, addRef: addMemberRef, removeRef: removeMemberRef,
      join: (from, to) => sql`exists (select 1 from grants g where g.kind = 'member' and g.resource_id = ${col(from, 'id')} and g.principal_id = ${col(to, 'id')} and g.ends_at > now())`,
    },
  },
  create: createTeam, update: changeTeam, delta: { area: 'directoryObject', navigations: ['members'] },
};

const told: ComplexType = { complex: 'told', properties: { given: text() } };

/** Everything that the fixture's service knows. */
export const declaration: Declaration = {
  types: [shelf, box, slot, thing, person, team],
  roots: [
    { path: 'store/shelves', betaPath: 'store/betaShelves', type: 'shelf' },
    { path: 'store/boxes', type: 'box' },
    { path: 'store/slots', type: 'slot' },
    { path: 'things', type: 'thing' },
    { path: 'people', type: 'person' },
    { path: 'teams', type: 'team' },
    { path: 'store/deleted', type: 'thing', exists: (row) => sql`${col(row, 'deleted_at')} is not null` },
    { path: 'store/new', type: 'shelf', only: 'beta' },
    { path: 'me', type: 'person', singleton: (caller) => caller.principalId },
    { path: 'opened', type: 'shelf', only: 'gatehouse', exists: (row) => col(row, 'is_externally_visible') },
    { path: 'store/boxes', type: 'box', only: 'gatehouse' },
  ],
  functions: [
    { path: 'where', only: 'gatehouse', parameters: { boxId: guid({ required: true }), near: text() }, read: async (_work, { arguments: given }) => ({ answer: 'value', value: { given: JSON.stringify(given) }, type: told }), answers: { value: told } },
    { path: 'where', only: 'gatehouse', parameters: { shelfId: guid({ required: true }), row: whole({ required: true }) }, read: async (_work, { arguments: given }) => ({ answer: 'value', value: { given: JSON.stringify(given) }, type: told }), answers: { value: told } },
    { path: 'first', read: async (work) => ({ answer: 'entity', id: work.caller.principalId }), answers: { entity: 'person' } },
  ],
  actions: [
    { path: 'tidy', only: 'gatehouse', parameters: { hard: flag({ required: true }) }, run: async (_work, { body }) => ({ answer: 'value', value: { given: JSON.stringify(body) }, type: told }), answers: { value: told } },
    { path: 'burn', only: 'gatehouse', run: async () => ({ answer: 'done' }) },
  ],
};
