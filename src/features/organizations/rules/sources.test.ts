import { describe, expect, it } from 'vitest';
import { organizationFrom, organizationFromBody } from '../model.ts';
import { inWords, marksOf, partsOfAddress, sourceReasons } from './sources.ts';

const own = { id: '00000000-0000-4000-8000-000000000001', domain: 'house.example' };
const tenantId = '00000000-0000-4000-8000-000000000002';
const typed = (type: string, more: Readonly<Record<string, unknown>>) => ({ '@odata.type': `#microsoft.graph.${type}`, ...more });
const label = 'd'.repeat(63);
const domain = (domainName: string) => typed('domainIdentitySource', { domainName });
const codes = (...sources: readonly Readonly<Record<string, unknown>>[]): readonly string[] => sourceReasons(sources, own).map(({ code }) => code);

describe('identity sources', () => {
  it.each([
    [typed('azureActiveDirectoryTenant', { tenantId }), [`tenant:${tenantId}`]],
    [typed('crossCloudAzureActiveDirectoryTenant', { tenantId, cloudInstance: 'microsoftonline.us' }), [`tenant:${tenantId}`]],
    [domain('partner.example'), ['domain:partner.example']],
    [typed('externalDomainFederation', { domainName: 'partner.example', issuerUri: 'https://Login.partner.example/' }), ['issuer:https://login.partner.example', 'domain:partner.example']],
    [typed('socialIdentitySource', { socialIdentitySourceType: 'facebook' }), ['social:facebook']],
    [typed('anything', { domainName: 'partner.example' }), []],
  ])('have marks: %j', (source, marks) => {
    expect(marksOf(source)).toEqual(marks);
    if (marks.length > 0) expect(codes(source)).toEqual([]);
  });

  it.each(['azureActiveDirectoryTenant', 'crossCloudAzureActiveDirectoryTenant', 'domainIdentitySource', 'externalDomainFederation', 'socialIdentitySource'])('have empty marks where they say nothing: %s', (type) => {
    expect(marksOf(typed(type, {})).every((mark) => mark.endsWith(':'))).toBe(true);
  });

  it('are refused with every reason', () => {
    const federation = typed('externalDomainFederation', { domainName: 'partner', issuerUri: 'partner', cloudInstance: 'moon.example' });
    expect(sourceReasons([domain('partner.example'), federation], own)).toEqual([
      { code: 'domainName', target: 'identitySources[1]/domainName', message: "'partner' is no domain name such as partner.example." },
      { code: 'issuerUri', target: 'identitySources[1]/issuerUri', message: "'partner' is no address of an issuer such as https://login.partner.example." },
      { code: 'cloudInstance', target: 'identitySources[1]/cloudInstance', message: "'moon.example' is no cloud. Use one of microsoftonline.com, microsoftonline.us, partner.microsoftonline.cn." },
    ]);
  });

  it.each(['p.ex', 'a-b.example', '1.example', `${label}.example`, `a.${label}`, `${label}.${label}.${label}.${'d'.repeat(61)}`])('may be the domain %s', (name) => { expect(codes(domain(name))).toEqual([]); });
  it.each([
    '', 'partner', '-x.example', 'x-.example', 'a..example', '.example', 'x.example.', 'user@partner.example', 'a b.example', 'X.example', 'x.1xample', 'x.-example', 'x.example-', 'x.e', `${label}d.example`, `a.${label}d`, `${label}.${label}.${label}.${'d'.repeat(62)}`,
  ])('may not be the domain %j', (name) => { expect(codes(domain(name))).toEqual(['domainName']); });

  it.each(['microsoftonline.com', 'microsoftonline.us', 'partner.microsoftonline.cn'])('may be in the cloud %s', (cloudInstance) => { expect(codes(typed('crossCloudAzureActiveDirectoryTenant', { tenantId, cloudInstance }))).toEqual([]); });

  it('are not our own directory', () => {
    for (const source of [domain('house.example'), typed('azureActiveDirectoryTenant', { tenantId: own.id }), typed('externalDomainFederation', { domainName: 'house.example', issuerUri: 'https://x.example' })]) {
      expect(sourceReasons([source], own)).toEqual([{ code: 'ownDirectory', target: 'identitySources[0]', message: 'This is our own directory. A connected organization is another one.' }]);
    }
  });

  it('are named once', () => {
    const twice = (message: string) => ({ code: 'namedTwice', target: 'identitySources[1]', message });
    const federation = typed('externalDomainFederation', { domainName: 'partner.example', issuerUri: 'https://x.example' });
    expect(sourceReasons([domain('partner.example'), federation], own)).toEqual([twice('The domain partner.example is named twice. Name it once.')]);
    expect(sourceReasons([federation, typed('externalDomainFederation', { domainName: 'partner.example', issuerUri: 'https://X.example//' })], own)).toEqual([
      twice('The issuer https://x.example is named twice. Name it once.'), twice('The domain partner.example is named twice. Name it once.'),
    ]);
    expect([inWords('tenant:1'), inWords('issuer:https://x.example')]).toEqual(['tenant 1', 'issuer https://x.example']);
  });

  it('are kept in lower case, with a name', () => {
    const { identitySources } = organizationFrom({ identitySources: [domain('Partner.Example')] }, { id: 'o', displayName: 'O', description: null, state: 'configured', identitySources: [] });
    expect(identitySources).toEqual([typed('domainIdentitySource', { domainName: 'partner.example', displayName: 'partner.example' })]);
  });

  it('come from one domain in older bodies; others stay as they are', () => {
    expect(organizationFromBody({ displayName: 'O', domainName: 'partner.example', identityProviderType: 'x' })).toEqual({ displayName: 'O', identitySources: [domain('partner.example')] });
    for (const body of [{ displayName: 'O' }, { identitySources: [] }, { identityProviderType: 'x' }, { domainName: 1 }]) expect(organizationFromBody(body)).toBe(body);
  });
});

it.each([
  ['Nina@Partner.Example', { local: 'Nina', domain: 'partner.example' }], [' n.x+y@p.example ', { local: 'n.x+y', domain: 'p.example' }],
  ['x'.repeat(64) + '@p.example', { local: 'x'.repeat(64), domain: 'p.example' }], ['x'.repeat(65) + '@p.example', undefined], ['a@b c@p.example', undefined], ['a@p.example c', undefined],
  ['nina', undefined], ['nina@', undefined], ['@p.example', undefined], ['a@b@p.example', undefined], ['a@localhost', undefined], ['a b@p.example', undefined],
])('the parts of the address %j', (text, parts) => {
  expect(partsOfAddress(text)).toEqual(parts);
});
