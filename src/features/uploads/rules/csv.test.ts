import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCsv } from './csv.ts';

const parseCsv = (text: string): readonly (readonly string[])[] | undefined => {
  const rows = [...readCsv(text, 10)];
  return rows.every((row) => row !== undefined) ? rows : undefined;
};

describe('CSV', () => {
  it.each<[string, readonly (readonly string[])[] | undefined]>([
    ['', []], ['a,b', [['a', 'b']]], ['a,b\n', [['a', 'b']]], ['a\r\nb\r\n', [['a'], ['b']]], ['a\rb', [['a'], ['b']]], ['a\n\n\nb', [['a'], ['b']]], ['\n', []], ['\r', []],
    ['a,', [['a', '']]], [',', [['', '']]], [',\n', [['', '']]], ['a,\nb', [['a', ''], ['b']]], [',a', [['', 'a']]], ['a,,b', [['a', '', 'b']]], ['a, b ', [['a', ' b ']]],
    ['"a","b"', [['a', 'b']]], ['"a"\n"b"', [['a'], ['b']]], ['"a"\r"b"', [['a'], ['b']]], ['"a ""b""\r\nc",d', [['a "b"\r\nc', 'd']]], ['"a,b"', [['a,b']]], ['""""', [['"']]],
    ['""', []], ['"",', [['', '']]], ['"",b', [['', 'b']]], ['\uFEFFa', [['a']]], ['a\uFEFF', [['a\uFEFF']]], ['\uFEFF"a"', [['a']]],
  ])('%j is %j', (text, rows) => { expect(parseCsv(text)).toEqual(rows); });

  it.each(['a"b', '"a', '"', '"""', '"a"b', '"a" ,b', 'a"\n', '"a""'])('%j is none', (text) => { expect(parseCsv(text)).toBeUndefined(); });

  it('is read up to the row that is none', () => {
    expect([...readCsv('a\nb"\nc', 10)]).toEqual([['a'], undefined]);
    expect([...readCsv('a\n"b" \nc', 10)]).toEqual([['a'], undefined]);
  });

  it('gives back whatever was written, quoted', () => {
    const field = fc.string({ unit: fc.constantFrom('a', 'ß', '"', ',', '\r', '\n', ' ', '𝄞') });
    fc.assert(fc.property(fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 5 }), fc.constantFrom('\n', '\r\n'), (rows, end) => {
      const text = rows.map((row) => row.map((one) => `"${one.replaceAll('"', '""')}"`).join(',')).join(end);
      expect(parseCsv(text)).toEqual(rows);
    }));
  });

  it('is read no further than somebody wants to', () => {
    const rows = readCsv(`a\n${'b\n'.repeat(5)}"`, 10);
    expect([rows.next().value, rows.next().value]).toEqual([['a'], ['b']]);
  });

  it.each([['a,b\nc', [['a', 'b'], ['c']]], ['a,b,c\nd', [['a', 'b', 'c']]], ['a,b,c,d\ne', [['a', 'b', 'c']]], ['a,b,\nc', [['a', 'b', '']]], ['a,b,', [['a', 'b', '']]]])('ends with the row that has more than two values, where two are the most: %j', (text, rows) => {
    expect([...readCsv(text, 2)]).toEqual(rows);
  });

  it('ends for any text', () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom('a', '"', ',', '\r', '\n') }), (text) => { expect(['object', 'undefined']).toContain(typeof parseCsv(text)); }));
  });
});
