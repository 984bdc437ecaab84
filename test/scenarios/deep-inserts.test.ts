/** What stands in the body of something new is made with it, or nothing is (deep insert). */
import { describe, expect, it } from 'vitest';
import { entitlement, filter } from '../../cli/client/graph.ts';
import { createApi, createPerson } from '../../cli/client/organisation.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
const { graph } = server;
const api = await createApi(graph, { name: 'Archive', roles: ['Archive.Read'] });

const policy = (displayName: string, more: object = {}): object => ({
  displayName, description: 'p', allowedTargetScope: 'allMemberUsers', expiration: { type: 'noExpiration' },
  requestorSettings: { enableTargetsToSelfAddAccess: true }, requestApprovalSettings: { isApprovalRequiredForAdd: false }, ...more,
});
const named = async (path: string, name: string): Promise<readonly unknown[]> => await graph.list(`${path}?${filter(`displayName eq '${name}'`)}`);

describe('a body with what belongs below it', () => {
  it('makes a catalog with packages and their policies', async () => {
    const catalog = await graph.create(`${entitlement}/catalogs`, {
      displayName: 'Deep', description: 'd',
      accessPackages: [
        { displayName: 'Deep one', description: 'd', assignmentPolicies: [policy('Deep policy'), policy('Deep policy too')] },
        { displayName: 'Deep two', description: 'd', assignmentPolicies: [] },
      ],
    });
    const packages = await graph.list(`${entitlement}/catalogs/${catalog.id}/accessPackages?$orderby=displayName&$expand=assignmentPolicies`);
    expect(packages.map((one) => one['displayName'])).toEqual(['Deep one', 'Deep two']);
    expect(packages[0]?.['assignmentPolicies']).toMatchObject([{ displayName: 'Deep policy' }, { displayName: 'Deep policy too' }]);
  });

  it('makes contained entities and grants alike', async () => {
    const app = await graph.create('/applications', { displayName: 'Deep app', federatedIdentityCredentials: [{ name: 'ci', issuer: 'https://ci.example', subject: 'repo', audiences: ['api://x'] }] });
    expect(await graph.list(`/applications/${app.id}/federatedIdentityCredentials`)).toMatchObject([{ name: 'ci', subject: 'repo' }]);
    const principal = await graph.create('/servicePrincipals', { appId: app['appId'], appRoleAssignments: [{ resourceId: api.principalId, appRoleId: api.roles['Archive.Read'] }] });
    expect(await graph.list(`/servicePrincipals/${principal.id}/appRoleAssignments`)).toMatchObject([{ appRoleId: api.roles['Archive.Read'], principalId: principal.id }]);
  });

  it('makes nothing when one of them is refused, and says which', async () => {
    const bad = { displayName: 'Deep bad', description: 'd', accessPackages: [{ displayName: 'Deep bad one', description: 'd', assignmentPolicies: [policy('fine'), policy('bad', { allowedTargetScope: 'everybody' })] }] };
    expect(await graph.refusal('POST', `${entitlement}/catalogs`, bad)).toMatchObject({ status: 400, target: 'accessPackages[0]/assignmentPolicies[1]/allowedTargetScope' });
    expect(await named(`${entitlement}/catalogs`, 'Deep bad')).toEqual([]);
    expect(await named(`${entitlement}/accessPackages`, 'Deep bad one')).toEqual([]);
  });

  it('obeys the rights of each: who may make a catalog may not make what is below without a right to it', async () => {
    const person = await server.asPerson(await createPerson(graph, 'Deep stranger', server.domain));
    const refused = await person.refusal('POST', `${entitlement}/catalogs`, { displayName: 'Deep foreign', accessPackages: [{ displayName: 'x' }] });
    expect(refused.status).toBe(403);
  });

  it('is for new things: a change refuses it, and so does more than a hundred', async () => {
    const catalog = await graph.create(`${entitlement}/catalogs`, { displayName: 'Deep later', description: 'd' });
    expect(await graph.refusal('PATCH', `${entitlement}/catalogs/${catalog.id}`, { accessPackages: [{ displayName: 'x' }] })).toMatchObject({ status: 400, target: 'accessPackages' });
    const many = { displayName: 'Deep many', accessPackages: Array.from({ length: 101 }, (_, index) => ({ displayName: `x${index}` })) };
    expect(await graph.refusal('POST', `${entitlement}/catalogs`, many)).toMatchObject({ status: 400, target: 'accessPackages' });
    expect(await graph.refusal('POST', `${entitlement}/catalogs`, { displayName: 'Deep kind', accessPackages: ['x'] })).toMatchObject({ status: 400, target: 'accessPackages[0]/body' });
  });
});
