import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Problem } from '../../kernel/problem.ts';
import type { ComplexType, Property } from './model.ts';
import { binary, choice, date, flag, guid, instant, list, number, record, span, text, whole, words } from './declare.ts';
import { bareType, clip, enumMember, isDay, nameOf, readInstant, readValue } from './value.ts';

/** The value, or the field that is refused. */
function read(value: unknown, property: Property): unknown {
  try {
    return readValue(value, property, 'field');
  } catch (error) {
    if (error instanceof Problem) return `! ${error.target ?? ''}`;
    throw error;
  }
}

const color = words('color', ['red', 'deepBlue'], { later: ['gold'], beta: { red: 'Crimson' } });
const shape: ComplexType = { complex: 'shape', properties: { name: text({ required: true }), sides: whole({ default: 4 }), tags: list(text()), area: number({ readOnly: true }) } };
const animal: ComplexType = { complex: 'animal', abstract: true, properties: { name: text() }, variants: [{ complex: 'cat', properties: { lives: whole() } }, { complex: 'dog', lenient: true, properties: {} }] };

describe('a value of a body', () => {
  it.each<[string, unknown, Property, unknown]>([
    ['text', 'a', text(), 'a'], ['number as text', 1, text(), '! field'], ['too long', 'abc', text({ max: 2 }), '! field'], ['NUL', 'a\u0000', text(), '! field'], ['half a pair', '\udc00', text(), '! field'], ['emoji', '😀', text(), '😀'],
    ['guid', 'A1B2C3D4-0000-4000-8000-00000000000F', guid(), 'a1b2c3d4-0000-4000-8000-00000000000f'], ['no guid', 'x', guid(), '! field'], ['guid in braces', '{a1b2c3d4-0000-4000-8000-00000000000f}', guid(), '! field'],
    ['flag', true, flag(), true], ['flag as text', 'true', flag(), '! field'], ['whole', -5, whole(), -5], ['broken', 1.5, whole(), '! field'], ['too large', 2 ** 31, whole(), '! field'], ['number', 1.5, number(), 1.5], ['infinite', Infinity, number(), '! field'],
    ['instant', '2026-01-01T01:00:00+01:00', instant(), '2026-01-01T00:00:00.000Z'], ['30 February', '2026-02-30T00:00:00Z', instant(), '! field'], ['no zone', '2026-01-01T00:00:00', instant(), '! field'], ['year 0', '0000-01-01T00:00:00Z', instant(), '! field'], ['year 10000', '9999-12-31T23:00:00-05:00', instant(), '! field'],
    ['date', '2024-02-29', date(), '2024-02-29'], ['no leap year', '2026-02-29', date(), '! field'], ['span', 'P14D', span(), 'P14D'], ['no span', '14 days', span(), '! field'], ['binary', 'YQ==', binary(), 'YQ=='], ['no binary', '$', binary(), '! field'],
    ['word', 'DEEPBLUE', choice(color), 'deepBlue'], ['later word', 'gold', choice(color), 'gold'], ['beta word', 'crimson', choice(color), 'red'], ['no word', 'constructor', choice(color), '! field'], ['number for a word', 1, choice(color), '! field'],
    ['null', null, text(), null], ['null where none may be', null, text({ notNull: true }), '! field'], ['null for a list', null, list(text()), '! field'], ['list', ['a'], list(text()), ['a']], ['no list', 'a', list(text()), '! field'], ['null in a list', ['a', null], list(text()), '! field[1]'], ['long list', ['a', 'b'], list(text(), { max: 1 }), '! field'],
    ['object', { NAME: 'x', area: 9, '@odata.type': '#x' }, record(shape), { name: 'x', sides: 4, tags: [] }], ['object without', {}, record(shape), '! field/name'], ['object with more', { name: 'x', toString: 1 }, record(shape), '! field/toString'], ['list for an object', [], record(shape), '! field'],
    ['variant', { '@odata.type': '#Microsoft.Graph.CAT', lives: 9 }, record(animal), { '@odata.type': '#microsoft.graph.cat', lives: 9 }], ['no variant', { name: 'x' }, record(animal), '! field/@odata.type'], ['unknown variant', { '@odata.type': '#microsoft.graph.cow' }, record(animal), '! field/@odata.type'], ['lenient', { '@odata.type': 'dog', stray: 1 }, record(animal), { '@odata.type': '#microsoft.graph.dog' }],
  ])('%s', (...[, value, property, expected]) => {
    expect(read(value, property)).toEqual(expected);
  });

  it('never is anything but a value or a refusal', () => {
    const properties = [text(), guid(), flag(), whole(), instant(), date(), choice(color), list(whole()), record(shape), list(record(animal))];
    fc.assert(fc.property(fc.jsonValue(), fc.constantFrom(...properties), (value, property) => { read(value, property); }));
  });
});

it('reads instants as PostgreSQL can store them', () => {
  fc.assert(fc.property(fc.date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true }), (at) => { expect(readInstant(at.toISOString())).toBe(at.toISOString()); }));
  expect(['2026-02-29', '2026-13-01', '2026-1-1', '0000-01-01', '2024-02-29'].map(isDay)).toEqual([false, false, false, false, true]);
});

it('finds words and names', () => {
  expect([enumMember('RED', color), enumMember('__proto__', color)]).toEqual(['red', undefined]);
  expect([bareType('#microsoft.graph.user'), bareType('Microsoft.Graph.user'), bareType('user')]).toEqual(['user', 'user', 'user']);
  expect([nameOf(null), nameOf([]), nameOf({}), nameOf('x'), nameOf(true)]).toEqual(['null', 'an array', 'an object', 'the string "x"', 'the boolean true']);
  expect(clip('x'.repeat(100))).toHaveLength(78);
});
