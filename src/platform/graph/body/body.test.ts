import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { Problem } from '../../../kernel/problem.ts';
import { flag, text, whole } from '../declare.ts';
import type { EntityType } from '../model.ts';
import { buildRegistry, typeNamed } from '../registry.ts';
import { readBody, readParameters, type Purpose } from './read-body.ts';
import { idOfUrl, readRefBody, readReference } from './reference.ts';

const id = 'a1b2c3d4-0000-4000-8000-00000000000f';
const join = (): typeof never => never;
const never = sql`false`;
const vehicle: EntityType = {
  name: 'vehicle', table: 'vehicles', visible: () => 'all',
  properties: { name: text({ required: true }), wheels: whole({ default: 4 }), serial: text({ readOnly: true, required: true }), isNew: flag() },
  navigations: { owner: { to: 'vehicle', many: false, bind: true, join }, parts: { to: 'vehicle', many: true, bind: true, join }, seen: { to: 'vehicle', many: true, ignoreInBody: true, join }, plain: { to: 'vehicle', many: true, join } },
  beta: { rename: { name: 'title', owner: 'holder' }, fromBody: ({ count, ...body }) => (count === undefined ? body : { ...body, wheels: count }) },
};
const truck: EntityType = { name: 'truck', base: 'vehicle', table: 'vehicles', discriminator: 'truck', visible: () => 'all', properties: { load: whole() } };
const registry = buildRegistry([{ types: [vehicle, truck], roots: [] }]);

/** What is thrown, as status and target. */
function refusalOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error instanceof Problem ? `${error.status} ${error.target ?? ''}` : error;
  }
}

const read = (body: unknown, purpose: Purpose = 'create', type = 'vehicle'): unknown => refusalOf(() => readBody(registry, typeNamed(registry, type), { body, purpose }).body);

describe('a body', () => {
  it.each<[string, unknown, unknown]>([
    ['gets defaults, and loses what is read-only', { name: 'x', serial: 's', id }, { name: 'x', wheels: 4 }], ["may speak beta's words", { TITLE: 'x', count: 3 }, { name: 'x', wheels: 3 }], ['may have notes', { name: 'x', '@odata.context': 'y', 'name@odata.type': 'z', '@odata.etag': 1 }, { name: 'x', wheels: 4 }],
    ['binds to one', { name: 'x', 'owner@odata.bind': `https://h/v1.0/vehicles/${id.toUpperCase()}` }, { name: 'x', wheels: 4, owner: id }], ['binds by id', { name: 'x', holder: { id } }, { name: 'x', wheels: 4, owner: id }], ['binds to none', { name: 'x', owner: null }, { name: 'x', wheels: 4, owner: null }],
    ['binds to many, each once', { name: 'x', 'parts@odata.bind': [`vehicles('${id}')`, `https://h/vehicles/${id}`] }, { name: 'x', wheels: 4, parts: [id] }], ['may repeat what was read', { name: 'x', seen: [{ any: 1 }], plain: [] }, { name: 'x', wheels: 4 }],
    ['cannot bind a text', { name: 'x', parts: id }, '400 parts'], ['cannot bind without id', { name: 'x', parts: [{}] }, '400 parts[0]'], ['cannot hold children', { name: 'x', plain: [{}] }, '400 plain'], ['names its type', { '@odata.type': '#microsoft.graph.truck', name: 'x', load: 2 }, { name: 'x', wheels: 4, load: 2 }],
    ['cannot have what its type has not', { name: 'x', load: 2 }, '400 load'], ['cannot be of another type', { '@odata.type': 'constructor' }, '400 @odata.type'], ['cannot be of no type', { '@odata.type': 1 }, '400 @odata.type'], ['needs what is required', {}, '400 name'], ['has no prototype', JSON.parse('{"name":"x","__proto__":{"wheels":1}}'), '400 __proto__'],
    ['is needed', undefined, '400 body'], ['is an object', 'x', '400 body'],
  ])('%s', (_, body, expected) => {
    expect(read(body)).toEqual(expected);
  });

  it('of a change needs nothing, and may speak of any subtype', () => {
    expect(read({}, 'update')).toEqual({});
    expect(read({ load: 1 }, 'update')).toEqual({ load: 1 });
    expect(read({ '@odata.type': '#microsoft.graph.vehicle', load: 1 }, 'update', 'truck')).toEqual({ load: 1 });
    expect(read({}, 'replace')).toBe('400 name');
  });
});

it('reads parameters without regard to case', () => {
  const parameters = { on: text({ required: true }), least: whole({ default: 1 }) };
  expect(readParameters(parameters, { ON: 'x', '@odata.type': 'y' })).toEqual({ on: 'x', least: 1 });
  expect(readParameters({}, undefined)).toEqual({});
  expect([{}, [], 'x', { on: 'x', constructor: 1 }, null].map((body) => refusalOf(() => readParameters(parameters, body)))).toEqual(['400 on', '400 body', '400 body', '400 constructor', '400 on']);
});

it('takes references by their last id alone', () => {
  const urls = [id, `/users/${id}`, `https://any.host/beta/users/${id}/`, `users('${id}')`, `users(id='${id}')?x=1#y`, `https%3A%2F%2Fh%2Fusers%2F${id}`];
  expect(new Set(urls.map((url) => idOfUrl(url, 'f')))).toEqual(new Set([id]));
  for (const url of ['', 'x', '%', `${id}/x`, `users('')`, '\u0000']) expect([url, refusalOf(() => idOfUrl(url, 'f'))]).toEqual([url, '400 f']);
  expect(readReference({ '@odata.id': `x/${id}` }, 'f')).toBe(id);
  expect(readReference({ other: 1 }, 'f')).toBeUndefined();
  expect([1, null, { id: 1 }, { id: 'x' }].map((value) => refusalOf(() => readReference(value, 'f')))).toEqual(['400 f', '400 f', '400 f/id', '400 f/id']);
  expect(idOfUrl(readRefBody({ '@id': id }), '@id')).toBe(id);
  expect([undefined, [], {}, { '@odata.id': 1 }].map((value) => refusalOf(() => readRefBody(value)))).toEqual(Array.from({ length: 4 }, () => '400 @odata.id'));
});
