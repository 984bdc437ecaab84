import { describe, expect, it } from 'vitest';
import { flagAt, isRecord, numberAt, recordAt, recordsAt, textAt, textsAt, without } from './json.ts';

const json = { text: 'a', empty: '', number: 1.5, zero: 0, yes: true, no: false, nothing: null, record: { a: 1 }, list: ['a', 1, null, { b: 2 }, ['c'], true, 'd'] };
const keys = [...Object.keys(json), 'missing'];
/** What a reader gives for the keys whose values it takes; all other keys give `otherwise`. */
const taken = (read: (key: string) => unknown, otherwise: unknown): Readonly<Record<string, unknown>> =>
  Object.fromEntries(keys.map((key): [string, unknown] => [key, read(key)]).filter(([, value]) => JSON.stringify(value) !== JSON.stringify(otherwise)));

describe('reading JSON', () => {
  it('tells objects from whatever else there is', () => {
    expect([{}, { a: 1 }].every(isRecord)).toBe(true);
    for (const value of [null, undefined, [], [{}], 'a', 1, true, () => 1]) expect([value, isRecord(value)]).toEqual([value, false]);
  });

  it('takes what is of the wanted type, and nothing else', () => {
    expect(taken((key) => textAt(json, key), undefined)).toEqual({ text: 'a', empty: '' });
    expect(taken((key) => numberAt(json, key), undefined)).toEqual({ number: 1.5, zero: 0 });
    expect(taken((key) => recordAt(json, key), {})).toEqual({ record: { a: 1 } });
    expect(taken((key) => recordsAt(json, key), [])).toEqual({ list: [{ b: 2 }] });
    expect(taken((key) => textsAt(json, key), [])).toEqual({ list: ['a', 'd'] });
  });

  it('takes what is no flag as not set, or as what is said', () => {
    expect(taken((key) => flagAt(json, key), false)).toEqual({ yes: true });
    expect(taken((key) => flagAt(json, key, true), true)).toEqual({ no: false });
  });

  it('leaves members out', () => {
    expect(without({ a: 1, b: 2, c: null }, 'a', 'c', 'd')).toEqual({ b: 2 });
    expect(without({ a: 1 })).toEqual({ a: 1 });
  });
});
