import { describe, expect, it } from 'vitest';
import { personClaims, workloadClaims, type ClaimContext } from './claims.ts';
import type { PrincipalFacts } from './model.ts';
import type { TokenContents } from './rules.ts';

const principal: PrincipalFacts = {
  id: 'p', type: 'user', displayName: 'Ada Lovelace', userPrincipalName: 'ada@example.com', givenName: 'Ada', surname: 'Lovelace', appId: null, blueprintAppId: null,
  isEnabled: true, isApplicationEnabled: false, isBlueprintPrincipalEnabled: false,
};
const contents = (of: Partial<PrincipalFacts>): TokenContents => ({
  principal: { ...principal, ...of }, resource: { id: 'r', appId: 'api', displayName: 'API', isAssignmentRequired: false }, roles: ['Orders.Read'], scopes: ['User.Read'], issuedAt: 1, expiresAt: 301,
});
const context: ClaimContext = { issuer: 'https://house/t/v2.0', tenantId: 't', clientAppId: 'c', clientName: 'PnP Management Shell', proof: '0', id: 'j' };

describe('the claims that clients read out of a token', () => {
  it('of a person: who it is and through what, under each of their names', () => {
    expect(personClaims(contents({}), context)).toMatchObject({
      idtyp: 'user', tid: 't', oid: 'p', appid: 'c', scp: 'User.Read', upn: 'ada@example.com', unique_name: 'ada@example.com', preferred_username: 'ada@example.com',
      name: 'Ada Lovelace', given_name: 'Ada', family_name: 'Lovelace', app_displayname: 'PnP Management Shell',
    });
  });

  it('of a person without names: nothing is made up', () => {
    const claims = personClaims(contents({ givenName: null, surname: null, displayName: null }), { ...context, clientName: null });
    expect(Object.keys(claims)).not.toEqual(expect.arrayContaining(['given_name']));
    expect([claims['given_name'], claims['family_name'], claims['name'], claims['app_displayname']]).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('of an application: its name in place of a person, and no word of one', () => {
    const claims = workloadClaims(contents({ type: 'servicePrincipal', displayName: 'Nightly job', userPrincipalName: null, givenName: null, surname: null }), { ...context, proof: '1' });
    expect(claims).toMatchObject({ idtyp: 'app', tid: 't', oid: 'p', appid: 'c', roles: ['Orders.Read'], app_displayname: 'Nightly job' });
    expect([claims['upn'], claims['unique_name'], claims['scp']]).toEqual([undefined, undefined, undefined]);
  });
});
