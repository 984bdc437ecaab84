import { describe, expect, it } from 'vitest';
import { followsPattern, whyNoPattern } from './pattern.ts';

describe('a pattern', () => {
  it.each(['^[a-z]+$', '[A-Z]{3}-\\d{4}', '(?i)abc', '\\p{L}+', '(x+x+)+y', '.{0,500}', ''])('is taken: %s', (pattern) => {
    expect(whyNoPattern(pattern)).toBeUndefined();
  });

  it.each([['(', 'missing closing'], ['a(?=b)', '(?='], ['a(?!b)', '(?!'], ['(?<!a)b', '(?<!'], ['(a)\\1', '\\1'], ['((a{100}){100}){100}', 'repeat'], ['[a-z]{1000}'.repeat(3), 'too large'], ['*', 'missing argument']])('is refused with the reason: %s', (pattern, reason) => {
    expect(whyNoPattern(pattern)).toContain(reason);
    expect(followsPattern(pattern, 'anything')).toBe(true);
  });

  it.each<[string, string, boolean]>([['[a-z]+', 'abc', true], ['[a-z]+', 'abc1', false], ['[a-z]+', '1abc', false], ['^a$', 'a', true], ['a|ab', 'ab', true], ['(x+x+)+y', 'x'.repeat(4000), false], ['.*', 'a\nb', false]])('%s on %s', (pattern, text, follows) => {
    expect(followsPattern(pattern, text)).toBe(follows);
  });
});
