import { describe, expect, it } from 'vitest';
import { isPublicHere, redirectKindOf } from './redirects.ts';

const client = { redirectUris: { web: ['https://app.example/cb'], spa: ['https://spa.example/'], native: ['http://127.0.0.1/callback', 'myapp://auth'] }, isFallbackPublic: false };

describe('redirect URIs', () => {
  it.each([
    ['https://app.example/cb', 'web'], ['https://spa.example/', 'spa'], ['myapp://auth', 'native'], ['http://127.0.0.1:53682/callback', 'native'],
    ['https://app.example/cb?x=1', undefined], ['https://app.example:444/cb', undefined], ['http://localhost:1/callback', undefined],
    ['http://127.0.0.1:1/other', undefined], ['http://evil@127.0.0.1/callback', undefined], ['https://app.example.evil/cb', undefined], ['', undefined],
  ])('%s is %s', (uri, kind) => { expect(redirectKindOf(client, uri)).toBe(kind); });

  it('a web client keeps a secret unless it is marked as public', () => {
    expect([isPublicHere(client, 'web'), isPublicHere(client, 'spa'), isPublicHere({ isFallbackPublic: true }, 'web')]).toEqual([false, true, true]);
  });
});
