import { describe, expect, it } from 'vitest';
import type { PublishedPermission } from './permission-list.ts';
import { applicationReasons, blankContent, contentAfter, wantedPermissions, type WorkloadContent } from './workload-content.ts';

const before: WorkloadContent = { displayName: 'Orders', description: 'Takes orders', accountEnabled: true, uniqueName: 'orders', data: { tags: ['a'], web: { homePageUrl: 'https://orders.example', redirectUris: ['https://orders.example/cb'] } } };

describe('the content of a workload after a change', () => {
  it('is blank at first', () => {
    expect(contentAfter(blankContent, {})).toEqual({ displayName: null, description: null, accountEnabled: true, uniqueName: null, data: {} });
  });

  it.each<[string, Record<string, unknown>, Partial<WorkloadContent>]>([
    ['stays what nothing is said of', {}, {}],
    ['has new words', { displayName: 'Sales', description: 'Sells', uniqueName: 'sales' }, { displayName: 'Sales', description: 'Sells', uniqueName: 'sales' }],
    ['loses what is null', { displayName: null, description: null, uniqueName: null }, { displayName: null, description: null, uniqueName: null }],
    ['is disabled in the words of service principals', { accountEnabled: false }, { accountEnabled: false }],
    ['is disabled in the words of applications', { isDisabled: true }, { accountEnabled: false }],
    ['is enabled by not being disabled', { isDisabled: false }, { accountEnabled: true }],
    ['follows accountEnabled where both are said', { accountEnabled: true, isDisabled: true }, { accountEnabled: true }],
    ['has other plain properties beside those that it had', { notes: 'n', tags: ['b'] }, { data: { ...before.data, notes: 'n', tags: ['b'] } }],
  ])('%s', (_, body, after) => { expect(contentAfter(before, body)).toEqual({ ...before, ...after }); });

  it('stays disabled where nothing is said of that', () => {
    expect(contentAfter({ ...before, accountEnabled: false }, { displayName: 'x' }).accountEnabled).toBe(false);
    expect(contentAfter({ ...before, accountEnabled: false }, { isDisabled: false }).accountEnabled).toBe(true);
  });

  it.each(['displayName', 'description', 'uniqueName', 'accountEnabled', 'isDisabled', 'appId', 'appRoles', 'keyCredentials', 'passwordCredentials', 'owners', 'sponsors', 'agentIdentityBlueprintId', 'identityParentId'])('keeps %s elsewhere', (name) => {
    expect(contentAfter(blankContent, { [name]: 'x' }).data).toEqual({});
  });
});

describe('a structured property', () => {
  it.each(['api', 'web', 'spa', 'publicClient', 'info'])('%s keeps the members that a change does not name', (name) => {
    expect(contentAfter({ ...blankContent, data: { [name]: { a: 1, b: 2 } } }, { [name]: { b: 3, c: null } }).data).toEqual({ [name]: { a: 1, b: 3, c: null } });
    expect(contentAfter(blankContent, { [name]: { b: 3 } }).data).toEqual({ [name]: { b: 3 } });
  });
  it('of another name is replaced as a whole', () => {
    expect(contentAfter({ ...blankContent, data: { optionalClaims: { a: 1 } } }, { optionalClaims: { b: 2 } }).data).toEqual({ optionalClaims: { b: 2 } });
  });
  it('is taken away by null', () => {
    expect(contentAfter(before, { web: null }).data['web']).toBeNull();
    expect(contentAfter(before, { web: 'x' }).data['web']).toBe('x');
    for (const web of [null, 'x']) expect(contentAfter({ ...blankContent, data: { web } }, { web: { homePageUrl: 'y' } }).data).toEqual({ web: { homePageUrl: 'y' } });
  });
  it.each(['redirectUris', 'redirectUriSettings', 'knownClientApplications', 'preAuthorizedApplications'])('keeps the collection %s where it arrives as null', (name) => {
    const had = { ...blankContent, data: { web: { [name]: ['x'] } } };
    expect(contentAfter(had, { web: { [name]: null } }).data).toEqual(had.data);
    expect(contentAfter(had, { web: { [name]: [] } }).data).toEqual({ web: { [name]: [] } });
  });
  it('holds no permissions: those are rows of their own', () => {
    expect(contentAfter(blankContent, { api: { oauth2PermissionScopes: [{ id: '1' }], acceptMappedClaims: true } }).data).toEqual({ api: { acceptMappedClaims: true } });
  });
});

describe('the permissions that a body asks for', () => {
  const published = (kind: 'role' | 'scope', id: string): PublishedPermission => ({ id, kind, value: id, isEnabled: true, data: {}, grants: 0, packages: 0 });
  const [role, scope] = [published('role', 'r'), published('scope', 's')];

  it('are left alone where it names none', () => {
    for (const body of [{}, { displayName: 'x' }, { api: {} }, { api: null }]) expect(wantedPermissions(body, [role, scope])).toBeUndefined();
  });
  it('are those of one kind where it names one, and those of the other as they are', () => {
    expect(wantedPermissions({ appRoles: [] }, [role, scope])).toEqual([scope]);
    expect(wantedPermissions({ api: { oauth2PermissionScopes: [] } }, [role, scope])).toEqual([role]);
    expect(wantedPermissions({ appRoles: [], api: { oauth2PermissionScopes: [] } }, [role, scope])).toEqual([]);
  });
  it('have an id in lower case, perhaps a value, and are enabled unless it says otherwise', () => {
    const [full, bare] = [{ id: 'AB', value: 'Orders.Read', isEnabled: false, displayName: 'Read', origin: 'x' }, { id: 'cd', value: '' }];
    const [fullData, bareData] = [{ value: 'Orders.Read', isEnabled: false, data: { displayName: 'Read', origin: 'Application' } }, { value: null, isEnabled: true, data: { origin: 'Application' } }];
    expect(wantedPermissions({ appRoles: [full, bare] }, [])).toEqual([{ id: 'ab', kind: 'role', ...fullData }, { id: 'cd', kind: 'role', ...bareData }]);
    expect(wantedPermissions({ api: { oauth2PermissionScopes: [full, bare] } }, [])).toEqual([{ id: 'ab', kind: 'scope', ...fullData }, { id: 'cd', kind: 'scope', ...bareData }]);
  });
});

describe('the addresses and words of an application', () => {
  it('are refused with every reason', () => {
    expect(applicationReasons({ displayName: ' ', identifierUris: ['orders', 'orders'], signInAudience: 'Everybody', web: { redirectUris: ['http://orders.example/cb'] } })).toEqual([
      { code: 'displayNameMissing', target: 'displayName', message: 'An application needs a displayName. Send a name of at least one character.' },
      ...[1, 2].map(() => ({ code: 'identifierUriInvalid', target: 'identifierUris', message: "'orders' is not a valid identifier URI. Send an absolute URI such as api://orders, without a slash at the end and without a fragment." })),
      { code: 'identifierUriRepeated', target: 'identifierUris', message: 'An identifier URI appears twice. Send each once.' },
      { code: 'signInAudienceInvalid', target: 'signInAudience', message: "'Everybody' is no sign-in audience. Use one of AzureADMyOrg, AzureADMultipleOrgs, AzureADandPersonalMicrosoftAccount, PersonalMicrosoftAccount." },
      { code: 'redirectUriInvalid', target: 'web/redirectUris', message: "'http://orders.example/cb' is not a valid redirect URI. Send an absolute https URI, http on a loopback address, or one with a scheme of your own, without wildcard and fragment." },
    ]);
  });

  it('are fine where nothing is said, and where it is well said', () => {
    expect(applicationReasons({})).toEqual([]);
    for (const signInAudience of ['AzureADMyOrg', 'AzureADMultipleOrgs', 'AzureADandPersonalMicrosoftAccount', 'PersonalMicrosoftAccount']) expect(applicationReasons({ displayName: 'x', identifierUris: ['api://a', 'api://b'], signInAudience })).toEqual([]);
    expect(applicationReasons({ displayName: null }).map(({ code }) => code)).toEqual(['displayNameMissing']);
  });

  it.each(['api://orders', 'https://orders.example/x', 'URN:orders', 'a1+.-:x'])('are identified by %s', (uri) => { expect(applicationReasons({ identifierUris: [uri] })).toEqual([]); });
  it.each(['orders', '1a:x', 'api:', 'api://orders/', 'api://a b', 'api://a#b', ' api://a', 'api://a '])('are not identified by %j', (uri) => {
    expect(applicationReasons({ identifierUris: [uri] }).map(({ code }) => code)).toEqual(['identifierUriInvalid']);
  });

  it.each(['https://a.example/cb?x=1', 'http://localhost', 'http://localhost:3000/cb', 'HTTP://127.0.0.1/cb', 'http://[::1]?a', 'msauth.app://cb', 'urn:ietf:wg:oauth:2.0:oob', 'https://a.example/javascript:x', 'https://a.example/http://b'])('lead back to %s', (uri) => {
    expect(applicationReasons({ web: { redirectUris: [uri] } })).toEqual([]);
  });
  it.each([
    'cb', '/cb', '1a:x', 'https:', 'https://a.example/#x', 'https://*.example/cb', 'https://a b', 'javascript:alert(1)', 'DATA:text/html,x', 'vbscript:x', 'file:///x', 'http://a.example', 'HTTP://a.example', 'http://localhost.evil.example', 'http://127.0.0.1.evil.example', 'http:localhost', 'http://localhost:x@evil.example', 'http://localhost:80x',
  ])('do not lead back to %s', (uri) => {
    for (const name of ['web', 'spa', 'publicClient']) expect(applicationReasons({ [name]: { redirectUris: ['https://fine.example', uri] } }).map(({ code, target }) => [code, target])).toEqual([['redirectUriInvalid', `${name}/redirectUris`]]);
  });
  it('are quoted to two hundred characters', () => {
    expect(applicationReasons({ spa: { redirectUris: ['x'.repeat(300)] } })[0]?.message).toMatch(/^'x{200}' is not/);
  });
});
