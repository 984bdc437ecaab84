import { describe, expect, it } from 'vitest';
import { organizationFrom, organizationFromBody } from '../model.ts';
import { marksOf, partsOfAddress, sourceReasons } from './sources.ts';

const own = { id: '00000000-0000-4000-8000-000000000001', domain: 'house.example' };
const tenantId = '00000000-0000-4000-8000-000000000002';
const typed = (type: string, more: Readonly<Record<string, unknown>>) => ({ '@odata.type': `#microsoft.graph.${type}`, ...more });
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

  it.each([
    ['domainName', domain('partner')], ['domainName', domain('-x.example')], ['domainName', domain('a..example')], ['domainName', domain('user@partner.example')],
    ['issuerUri', typed('externalDomainFederation', { domainName: 'partner.example', issuerUri: 'partner' })],
    ['cloudInstance', typed('crossCloudAzureActiveDirectoryTenant', { tenantId, cloudInstance: 'moon.example' })],
    ['ownDirectory', domain('house.example')], ['ownDirectory', typed('azureActiveDirectoryTenant', { tenantId: own.id })],
  ])('are refused: %s in %j', (code, source) => {
    expect(codes(source)).toEqual([code]);
  });

  it('are named once', () => {
    expect(codes(domain('partner.example'), typed('externalDomainFederation', { domainName: 'partner.example', issuerUri: 'https://x.example' }))).toEqual(['namedTwice']);
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
  ['nina', undefined], ['nina@', undefined], ['@p.example', undefined], ['a@b@p.example', undefined], ['a@localhost', undefined], ['a b@p.example', undefined],
])('the parts of the address %j', (text, parts) => {
  expect(partsOfAddress(text)).toEqual(parts);
});
