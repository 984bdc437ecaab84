/** Connected organizations, their sponsors and the settings, as administrators and others meet them, in both vocabularies. */
import { describe, expect, it } from 'vitest';
import { entitlement, filter } from '../../cli/client/graph.ts';
import { createPerson, createWorkload } from '../../cli/client/organisation.ts';
import { recordAt, recordsAt, type JsonRecord } from '../../src/kernel/json.ts';
import { newId } from '../../src/platform/ids.ts';
import { offer } from '../support/access.ts';
import { connect, createGuest, domainSource, newDomain, organizations } from '../support/organizations.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
const { graph } = server;
const beta = async (method: 'get' | 'patch' | 'post', path: string, body?: JsonRecord): Promise<JsonRecord> => {
  const answer: unknown = await graph.client.api(path).version('beta')[method](body);
  return recordAt({ answer }, 'answer');
};

describe('sponsors', () => {
  it('are added and removed by reference, and fit their side', async () => {
    const [domain, elsewhere] = [newDomain(), newDomain()];
    const partner = await connect(graph, domain);
    const [guest, alien, insider] = [await createGuest(server, 'Outer', domain), await createGuest(server, 'Alien', elsewhere), await createPerson(graph, 'Inner', server.domain)];
    const at = `${organizations}/${partner.id}`;
    const add = (side: string, id: string): [string, string, JsonRecord] => ['POST', `${at}/${side}/$ref`, { '@odata.id': graph.reference('users', id) }];
    await graph.must(...add('internalSponsors', insider.id));
    await graph.must(...add('externalSponsors', guest.id));
    expect((await graph.list(`${at}/internalSponsors`)).map(({ id }) => id)).toEqual([insider.id]);
    expect(await graph.must('GET', `${at}/externalSponsors/$ref`)).toMatchObject({ value: [{ '@odata.id': expect.stringContaining(guest.id) as string }] });
    expect(await graph.read(`${at}?$expand=internalSponsors,externalSponsors`)).toMatchObject({ internalSponsors: [{ id: insider.id }], externalSponsors: [{ id: guest.id }] });
    expect((await graph.refusal(...add('internalSponsors', guest.id))).codes).toEqual(['internalSponsorIsGuest']);
    expect((await graph.refusal(...add('externalSponsors', alien.id))).codes).toEqual(['sponsorOfOtherOrganization']);
    expect((await graph.refusal(...add('externalSponsors', guest.id))).status).toBe(400);
    expect((await graph.refusal(...add('internalSponsors', newId()))).status).toBe(400);
    await graph.must('DELETE', `${at}/externalSponsors/${guest.id}/$ref`);
    await graph.must('DELETE', `${at}/internalSponsors/$ref?@id=${encodeURIComponent(graph.reference('users', insider.id))}`);
    expect([...await graph.list(`${at}/internalSponsors`), ...await graph.list(`${at}/externalSponsors`)]).toEqual([]);
    expect((await graph.refusal('DELETE', `${at}/externalSponsors/${guest.id}/$ref`)).status).toBe(404);
  });
});

describe('both vocabularies', () => {
  it('make and read organizations', async () => {
    const [domain, tenantId] = [newDomain(), newId()];
    const old = await beta('post', organizations, { displayName: 'Old style', description: 'x', identityProviderType: 'AzureActiveDirectory', domainName: domain });
    expect(old).toMatchObject({ state: 'configured', identitySources: [{ '@odata.type': '#microsoft.graph.domainIdentitySource', domainName: domain }], createdBy: expect.any(String) as string });
    const whole = await graph.create(organizations, {
      displayName: 'Whole', state: 'proposed', identitySources: [
        { '@odata.type': '#microsoft.graph.azureActiveDirectoryTenant', tenantId, displayName: 'Contoso' },
        { '@odata.type': '#microsoft.graph.crossCloudAzureActiveDirectoryTenant', tenantId: newId(), cloudInstance: 'microsoftonline.us' },
        { '@odata.type': '#microsoft.graph.externalDomainFederation', domainName: newDomain(), issuerUri: `https://login.${domain}` },
        { '@odata.type': '#microsoft.graph.socialIdentitySource', socialIdentitySourceType: 'facebook', displayName: 'Facebook' },
      ],
    });
    expect(recordsAt(whole, 'identitySources')).toHaveLength(4);
    const taken = await graph.refusal('POST', organizations, { displayName: 'Twice', identitySources: [{ '@odata.type': '#microsoft.graph.azureActiveDirectoryTenant', tenantId }] });
    expect(taken).toMatchObject({ status: 409, codes: ['sourceTaken'] });
    expect((await graph.list(`${organizations}?${filter("displayName eq 'Whole'")}`)).map(({ id }) => id)).toEqual([whole.id]);
    for (const condition of [`identitySources/any(s:s/microsoft.graph.azureActiveDirectoryTenant/tenantId eq '${tenantId}')`, `identitySources/any(s:s/tenantId eq '${tenantId}')`]) {
      expect((await graph.list(`${organizations}?${filter(condition)}`)).map(({ id }) => id)).toEqual([whole.id]);
    }
    expect(await graph.list(`${organizations}?${filter(`identitySources/any(s:s/microsoft.graph.crossCloudAzureActiveDirectoryTenant/tenantId eq '${tenantId}')`)}`)).toEqual([]);
    await graph.must('PATCH', `${organizations}/${whole.id}`, { description: 'changed' });
    expect(await graph.read(`${organizations}/${whole.id}`)).toMatchObject({ description: 'changed', state: 'proposed', displayName: 'Whole' });
  });

  it('name organizations in policies', async () => {
    const partner = await connect(graph, newDomain());
    const { packageId } = await offer(graph, []);
    const policy = await beta('post', `${entitlement}/accessPackageAssignmentPolicies`, {
      accessPackageId: packageId, displayName: 'for partners', durationInDays: 30, canExtend: false,
      requestorSettings: { scopeType: 'SpecificConnectedOrganizationSubjects', acceptRequests: true, allowedRequestors: [{ '@odata.type': '#microsoft.graph.connectedOrganizationMembers', isBackup: false, id: partner.id, description: null }] },
    });
    expect(recordAt(policy, 'requestorSettings')).toMatchObject({ scopeType: 'SpecificConnectedOrganizationSubjects', allowedRequestors: [{ id: partner.id, description: partner['displayName'] }] });
    const read = await graph.read(`${entitlement}/assignmentPolicies/${String(policy['id'])}`);
    expect(read).toMatchObject({ allowedTargetScope: 'specificConnectedOrganizationUsers', specificAllowedTargets: [{ connectedOrganizationId: partner.id }] });
    expect((await graph.refusal('DELETE', `${organizations}/${partner.id}`)).codes).toEqual(['namedByPolicies']);
  });

  it('read and change the settings', async () => {
    const settings = `${entitlement}/settings`;
    expect(await graph.must('PATCH', settings, { durationUntilExternalUserDeletedAfterBlocked: 'P14D', externalUserLifecycleAction: 'blockSignIn' })).toMatchObject({ externalUserLifecycleAction: 'blockSignIn' });
    expect(await beta('get', settings)).toMatchObject({ daysUntilExternalUserDeletedAfterBlocked: 14, externalUserLifecycleAction: 'BlockSignIn' });
    await beta('patch', settings, { daysUntilExternalUserDeletedAfterBlocked: 30, externalUserLifecycleAction: 'BlockSignInAndDelete' });
    expect(await graph.must('GET', settings)).toMatchObject({ durationUntilExternalUserDeletedAfterBlocked: 'P30D', externalUserLifecycleAction: 'blockSignInAndDelete' });
    expect((await graph.refusal('PATCH', settings, { durationUntilExternalUserDeletedAfterBlocked: 'P9999D' })).status).toBe(400);
  });
});

describe('others', () => {
  it('neither see nor change organizations, settings and lifecycles', async () => {
    const partner = await connect(graph, newDomain());
    const person = await createPerson(graph, 'Plain', server.domain);
    const [plain, program] = [await server.asPerson(person), await server.asWorkload(await createWorkload(graph, 'plain program'))];
    for (const caller of [plain, program]) {
      for (const path of [organizations, `${organizations}/${partner.id}`, `${organizations}/${partner.id}/internalSponsors`, `${entitlement}/settings`]) expect((await caller.refusal('GET', path)).status).toBeOneOf([403, 404]);
      expect((await caller.refusal('POST', organizations, { displayName: 'x', identitySources: [domainSource(newDomain())] })).status).toBe(403);
      for (const [method, path, body] of [
        ['PATCH', `${organizations}/${partner.id}`, { description: 'x' }], ['DELETE', `${organizations}/${partner.id}`, undefined], ['PATCH', `${entitlement}/settings`, { externalUserLifecycleAction: 'none' }],
        ['PATCH', `${entitlement}/subjects/${person.id}`, { subjectLifecycle: 'governed' }], ['POST', `${organizations}/${partner.id}/internalSponsors/$ref`, { '@odata.id': graph.reference('users', person.id) }],
      ] as const) expect((await caller.refusal(method, path, body)).status).toBeOneOf([403, 404]);
    }
  });
});
