import { describe, expect, it } from 'vitest';
import { isAllowedAddress, RemoteKeys } from './remote-keys.ts';

const issuer = 'https://issuer.example';
const answers = (documents: Readonly<Record<string, unknown>>): { keys: RemoteKeys; asked: string[] } => {
  const asked: string[] = [];
  const keys = new RemoteKeys(async (url) => {
    asked.push(url);
    const document = documents[url];
    return await Promise.resolve(typeof document === 'string' ? new Response(document) : new Response(JSON.stringify(document), { status: document === undefined ? 404 : 200 }));
  });
  return { keys, asked };
};
const configuration = `${issuer}/.well-known/openid-configuration`;

describe('keys of other issuers', () => {
  it('are fetched once for many at the same time, and remembered', async () => {
    const { keys, asked } = answers({ [configuration]: { issuer, jwks_uri: `${issuer}/keys` }, [`${issuer}/keys`]: { keys: [] } });
    await Promise.all([keys.find(issuer), keys.find(issuer), keys.find(issuer, true)]);
    await keys.find(issuer);
    expect(asked).toEqual([configuration, `${issuer}/keys`]);
  });

  it.each([
    ['another issuer', { [configuration]: { issuer: 'https://other.example', jwks_uri: `${issuer}/keys` } }], ['no key set', { [configuration]: { issuer } }],
    ['a key set without https', { [configuration]: { issuer, jwks_uri: 'http://issuer.example/keys' } }], ['nothing', {}], ['a key set that is none', { [configuration]: { issuer, jwks_uri: `${issuer}/keys` }, [`${issuer}/keys`]: { keys: 'x' } }],
    ['an answer without end', { [configuration]: `"${'x'.repeat(300_000)}"` }], ['an answer that is no JSON', { [configuration]: 'nonsense' }],
  ])('are refused when there is %s', async (_, documents) => { await expect(answers(documents).keys.find(issuer)).rejects.toThrow(); });

  it.each([['https://a.example/x', true], ['http://127.0.0.1:5/', true], ['http://[::1]:5/', true], ['http://localhost/', true], ['http://a.example', false], ['https://u:p@a.example', false], ['file:///etc/passwd', false], ['', false]])('%s may be asked: %s', (address, isAllowed) => {
    expect(isAllowedAddress(address)).toBe(isAllowed);
  });
});
