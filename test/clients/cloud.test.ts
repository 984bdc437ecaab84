/**
 * This server as a cloud of its own: the document that Terraform's azuread provider reads with `metadata_host`, read as the
 * provider does (hashicorp/go-azure-sdk, `sdk/internal/metadata` and `sdk/environments/from_endpoint.go`), and the way from it
 * to a token and a first call. Also what every door of a real server owes to HTTP: HEAD, OPTIONS, If-Match, limits.
 */
import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { send, type Answer } from '../../cli/client/http.ts';
import { createPerson, createWorkload } from '../../cli/client/organisation.ts';
import { claimsOf } from '../../cli/client/tokens.ts';
import { recordAt, textAt, textsAt, type JsonRecord } from '../../src/kernel/json.ts';
import { newId } from '../../src/platform/ids.ts';
import { makeCertificate } from '../issuer/certificate.ts';
import { createGroup } from '../support/access.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer({ GATEHOUSE_PRINCIPAL_REQUESTS_PER_MINUTE: '1000', GATEHOUSE_WRONG_CREDENTIALS_PER_MINUTE: '3' });
const { base, tenantId } = server.door;
const token = async (): Promise<string> => await server.graph.token();

/** As `FromEndpoint` of the provider's SDK: what is missing is refused with its words. */
async function environment(host: string): Promise<{ readonly name: string; readonly graph: string; readonly login: string }> {
  const answer = await send('GET', `https://${host}/metadata/endpoints?api-version=2022-09-01`);
  expect(answer.status).toBe(200);
  const need = (name: string): string => textAt(answer.json, name) ?? expect.unreachable(`retrieving metadata from endpoint: no ${name} was returned`);
  need('resourceManager');
  return { name: need('name'), graph: need('microsoftGraphResourceId').replace(/\/+$/, ''), login: textAt(recordAt(answer.json, 'authentication'), 'loginEndpoint') ?? '' };
}

const secretForm = (scope: string): URLSearchParams => new URLSearchParams({ client_id: server.application.clientId, client_secret: server.application.clientSecret, grant_type: 'client_credentials', scope });

describe('the description of this cloud', () => {
  it('leads a provider to a token and to Graph', async () => {
    const { name, graph, login } = await environment(new URL(base).host);
    expect(name).toBe('Gatehouse');
    for (const tenant of [tenantId, 'common', 'organizations']) {
      const answer = await send('POST', `${login}/${tenant}/oauth2/v2.0/token`, { body: secretForm(`${graph}/.default`) });
      expect([answer.status, answer.json['token_type']]).toEqual([200, 'Bearer']);
      const bearer = textAt(answer.json, 'access_token') ?? '';
      // The provider takes its own object id from the token.
      expect(claimsOf(bearer)).toMatchObject({ oid: expect.any(String) as string, appid: server.application.clientId, tid: tenantId });
      expect((await send('GET', `${graph}/beta/identityGovernance/entitlementManagement/accessPackageCatalogs`, { token: bearer })).status).toBe(200);
    }
  });

  it('names everything by the public address, and nothing that does not exist here', async () => {
    const { json, headers } = await send('GET', `${base}/metadata/endpoints?api-version=2022-09-01`);
    const authentication = recordAt(json, 'authentication');
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    expect([json['portal'], json['resourceManager'], json['microsoftGraphResourceId'], authentication['loginEndpoint']]).toEqual([base, base, base, base]);
    expect([textsAt(authentication, 'audiences'), authentication['tenant'], authentication['identityProvider']]).toEqual([[base], 'common', 'AAD']);
    expect(JSON.stringify(json)).not.toMatch(/microsoft\.com|azure\.com|windows\.net/);
  });

  it.each([['2015-01-01', true], ['2019-05-01', true], ['2020-06-01', true], ['2022-09-01', false], ['2024-01-01', false], [undefined, false]])('is a list of clouds before 2022-09-01: %s', async (version, isList) => {
    const answer: unknown = JSON.parse((await send('GET', `${base}/metadata/endpoints${version === undefined ? '' : `?api-version=${version}`}`)).text);
    expect(isList ? answer : [answer]).toEqual([expect.objectContaining({ name: 'Gatehouse', microsoftGraphResourceId: base }) as JsonRecord]);
    expect(Array.isArray(answer)).toBe(isList);
  });

  it.each(['{id}', 'common', 'organizations'])('goes on to discovery for the tenant %s, of both versions', async (word) => {
    const tenant = word === '{id}' ? tenantId : word;
    for (const path of [`/${tenant}/v2.0/.well-known/openid-configuration`, `/${tenant}/.well-known/openid-configuration`]) {
      const { status, json } = await send('GET', `${base}${path}`);
      expect([status, json['issuer'], json['token_endpoint']]).toEqual([200, `${base}/${tenantId}/v2.0`, `${base}/${tenantId}/oauth2/v2.0/token`]);
    }
  });
});

describe('a provider that signs in with a certificate', () => {
  it('names it by its SHA-1 with padding, addresses the token endpoint of the tenant that it knows, and gets its token', async () => {
    const { cert, key } = makeCertificate();
    const { publicKey, raw } = new X509Certificate(cert);
    const workload = await createWorkload(server.graph, 'certified');
    await server.graph.must('PATCH', `/applications/${workload.application.id}`, { keyCredentials: [{ type: 'AsymmetricX509Cert', usage: 'Verify', key: raw.toString('base64') }] });
    const tokenUrl = `${base}/${tenantId}/oauth2/v2.0/token`;
    const kid = createHash('sha1').update(raw).digest('base64').replaceAll('+', '-').replaceAll('/', '_');
    const now = Math.floor(Date.now() / 1000);
    const assertion = await new SignJWT({ aud: tokenUrl, iss: workload.appId, sub: workload.appId, nbf: now, exp: now + 3600, jti: newId() }).setProtectedHeader({ alg: publicKey.asymmetricKeyType === 'ec' ? 'ES256' : 'RS256', typ: 'JWT', kid }).sign(createPrivateKey(key));
    const answer = await send('POST', tokenUrl, { body: new URLSearchParams({ client_assertion: assertion, client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_id: workload.appId, grant_type: 'client_credentials', scope: `${base}/.default` }) });
    expect([answer.status, claimsOf(textAt(answer.json, 'access_token') ?? '')['oid']]).toEqual([200, workload.principalId]);
  });
});

describe('HEAD', () => {
  it.each(['/', '/health/live', '/health/ready', '/metadata/endpoints', '/common/v2.0/.well-known/openid-configuration', '/common/discovery/v2.0/keys', '/.well-known/oauth-authorization-server', '/openapi.json', '/openapi', '/v1.0/$metadata', '/v1.0/users', '/v1.0/users/$count', '/beta/groups'])('answers at %s as GET does', async (path) => {
    const bearer = await token();
    const [head, get] = [await send('HEAD', `${base}${path}`, { token: bearer }), await send('GET', `${base}${path}`, { token: bearer })];
    expect([head.status, head.headers.get('content-type'), head.headers.get('content-length'), head.text]).toEqual([200, get.headers.get('content-type'), get.headers.get('content-length'), '']);
  });
});

describe('If-Match', () => {
  it.each(['*', 'W/"no such etag"', '"x"'])('changes nothing, since nothing here has an ETag: %s', async (etag) => {
    const group = await createGroup(server.graph, 'Etags');
    const call = async (method: string, more: { readonly body?: object; readonly headers?: Readonly<Record<string, string>> } = {}): Promise<Answer> => await send(method, `${base}/v1.0/groups/${group.id}`, { token: await token(), ...more });
    expect((await call('GET', { headers: { 'if-none-match': etag } })).headers.get('etag')).toBeNull();
    expect((await call('PATCH', { body: { description: 'changed' }, headers: { 'if-match': etag } })).status).toBe(204);
    expect((await call('GET', { headers: { 'if-none-match': etag } })).json['description']).toBe('changed');
    expect((await call('DELETE', { headers: { 'if-match': etag } })).status).toBe(204);
  });
});

describe('limits of a real server', () => {
  it('hold one identity back and nobody else', async () => {
    const person = await createPerson(server.graph, 'Hasty', server.domain);
    const hasty = await server.asPerson(person);
    const requests = Array.from({ length: 20 }, (_, index) => ({ id: String(index), method: 'GET', url: '/me?$select=id' }));
    let refused = 0;
    for (let batch = 0; batch < 60 && refused === 0; batch += 1) {
      const answer = await send('POST', `${base}/v1.0/$batch`, { token: await hasty.token(), body: { requests } });
      refused += answer.status === 429 ? 1 : answer.text.split('"TooManyRequests"').length - 1;
    }
    expect(refused).toBeGreaterThan(0);
    expect((await send('GET', `${base}/v1.0/groups`, { token: await token() })).status).toBe(200);
  });

  it('stop a client that guesses', async () => {
    const { appId } = await createWorkload(server.graph, 'guessed at');
    const guess = async (): Promise<Answer> => await send('POST', `${base}/${tenantId}/oauth2/v2.0/token`, { body: new URLSearchParams({ client_id: appId, client_secret: newId(), grant_type: 'client_credentials', scope: `${base}/.default` }) });
    for (let time = 0; time < 3; time += 1) expect((await guess()).status).toBe(401);
    const refused = await guess();
    expect([refused.status, refused.json['error']]).toEqual([429, 'temporarily_unavailable']);
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(20);
  });
});
