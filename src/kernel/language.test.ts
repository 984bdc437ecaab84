import { describe, expect, it } from 'vitest';
import { preferredLanguages, translationFor } from './language.ts';

describe('Accept-Language', () => {
  it.each<[string | undefined, readonly string[]]>([
    [undefined, []], ['', []], ['*', []], ['de', ['de']], ['de-AT, de;q=0.8, en;q=0.5', ['de-at', 'de', 'en']], ['en;q=0.5, fr', ['fr', 'en']], ['en;q=0.5,de;Q=0.9', ['de', 'en']],
    ['de;q=0', []], ['de;q=0.0, en', ['en']], ['de;q=1.000', ['de']], ['de;q=high', ['de']], ['zh-Hant-TW', ['zh-hant-tw']], ['de;x=1;q=0.1, en;q=0.2', ['en', 'de']], ['d e, <en>, toolonglanguage', []], ['fr , de', ['fr', 'de']],
    [Array.from({ length: 30 }, (_, nth) => `x${'abcdefghijklmnopqrstuvwxyzabcd'.charAt(nth)}`).join(), Array.from({ length: 20 }, (_, nth) => `x${'abcdefghijklmnopqrst'.charAt(nth)}`)],
  ])('%s', (header, languages) => {
    expect(preferredLanguages(header)).toEqual(languages);
  });
});

describe('a translation', () => {
  const texts = [{ languageCode: 'de-AT', text: 'Grüß Gott' }, { languageCode: 'fr', text: 'Bonjour' }, { languageCode: 'zh-Hant', text: '你好' }];
  it.each<[readonly string[], string | undefined]>([
    [[], undefined], [['es'], undefined], [['de-at'], 'Grüß Gott'], [['de'], 'Grüß Gott'], [['de-ch'], undefined], [['fr-ca'], 'Bonjour'], [['es', 'fr'], 'Bonjour'], [['fr', 'de'], 'Bonjour'],
    [['zh-hant-tw'], '你好'], [['zh'], '你好'], [['f'], undefined],
  ])('%j', (languages, text) => {
    expect(translationFor(languages, texts)).toBe(text);
  });
});
