import fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, it } from 'vitest';
import { matchesPattern } from './match.ts';
import { fold, parsePattern } from './pattern.ts';

const finds = (text: string, within: string): boolean | string => {
  const read = parsePattern(text);
  return 'expected' in read ? read.expected : matchesPattern(read, within);
};

describe('a pattern', () => {
  it.each([
    ['sal', 'The Sales', true], ['^sal', 'The Sales', false], ['les$', 'The SALES', true], ['^$', '', true], ['', 'x', true], ['a|b', 'xb', true], ['^(a|b)$', 'c', false], ['^(ab)+$', 'ababa', false], ['^(ab)+$', 'abab', true],
    ['^a{2}$', 'aaa', false], ['^a{2,}$', 'aaa', true], ['^a{2,3}$', 'aaaa', false], ['^a{0}b$', 'b', true], ['^[a-c]x?$', 'B', true], ['^[^a-c]$', 'B', false], ['^[^A]$', 'a', false], ['^[A-Z]$', 'q', true], ['^[0-Z]$', 'q', true],
    ['^\\d\\D\\w\\W\\s\\S$', '1a_- b', true], ['^[\\d\\-x]+$', '1-X', true], ['^[]]', ']', 'something between [ and ]'], ['^.$', '\n', true], ['^\\.$', 'x', false], ['(?:a)b', 'ab', true], ['a||b', '', true], ['()*x', 'x', true], ['^\\t\\n$', '\t\n', true],
    ['^a?b$', 'b', true], ['^[a-]$', '-', true], ['Ä', 'bär', true], ['İ', 'i', true], ['ß', 'ß', true], ['^(a?){3}$', 'aa', true],
  ])('%s in %j', (pattern, within, expected) => { expect(finds(pattern, within)).toBe(expected); });

  it.each([
    ['(a', "')'"], ['a)', "no ')'"], ['[a', "']'"], ['*a', 'something before'], ['a**', 'one repetition'], ['a{1}{2}', 'one repetition'], ['^*', 'no repetition of'], ['a{x}', 'a repetition such as'], ['a{3,2}', 'at most 100 times'], ['a{101}', 'at most 100'], ['a{1,101}', 'at most 100'],
    ['(?=a)', 'a plain group'], ['(?<n>a)', 'a plain group'], ['\\b', 'after the backslash'], ['\\1', 'after the backslash'], ['\\', 'after the backslash'], ['[b-a]', 'the smaller character first'], ['[a-\\d]', 'the smaller character first'], ['[\\D]', 'no \\D'], ['[[a]]', '\\['],
    ['((a{50}){50}){2}', 'a smaller pattern'], [`${'('.repeat(22)}a${')'.repeat(22)}`, 'fewer groups'], ['[\\', 'after the backslash'], ['[a-', "']'"],
  ])('%s is none: it wants %s', (pattern, expected) => { expect(finds(pattern, '')).toContain(expected); });

  it('takes no longer for what breaks engines that try one way after the other', () => {
    expect(finds('^(a+)+$', `${'a'.repeat(3000)}b`)).toBe(false);
    expect(finds('(a|a)*c', 'a'.repeat(3000))).toBe(false);
  });

  it('finds what RE2 finds', () => {
    const piece = fc.constantFrom('a', 'b', '1', '.', '[ab]', '[^a]', '\\d', '\\w', '\\S', '(a|b)', '(?:ab|1)', 'B', ' ');
    const pattern = fc.array(fc.tuple(piece, fc.constantFrom('', '', '*', '+', '?', '{2}', '{1,2}', '{0,}')).map(([part, times]) => `${part}${times}`), { maxLength: 5 });
    fc.assert(fc.property(pattern, fc.array(fc.constantFrom('a', 'B', 'b', '1', ' ', '_'), { maxLength: 8 }), fc.boolean(), (parts, text, isWhole) => {
      const [said, within] = [isWhole ? `^${parts.join('')}$` : parts.join(''), text.join('')];
      expect([said, within, finds(said, within)]).toEqual([said, within, RE2JS.compile(said, RE2JS.CASE_INSENSITIVE | RE2JS.DOTALL).matcher(within).find()]);
    }), { numRuns: 1000 });
  });

  it('takes letters one by one', () => { expect([fold('ÄΣIİß'), fold('ǅ')]).toEqual(['äσiiß', 'ǆ']); });
});
