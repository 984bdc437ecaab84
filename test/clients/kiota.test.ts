/** The product's main story through Microsoft's generated SDK: a catalog, a package, a sponsor who asks for an agent, another who approves. */
import { Duration } from '@microsoft/kiota-abstractions';
import { BatchRequestContent, PageIterator } from '@microsoft/msgraph-sdk-core';
import * as models from '@microsoft/msgraph-sdk/models/index.js';
import { describe, expect, it } from 'vitest';
import { createAgent, createApi, createBlueprint, createPerson } from '../../cli/client/organisation.ts';
import { textOf } from '../../cli/client/graph.ts';
import { rolesIn } from '../../cli/client/tokens.ts';
import { newId } from '../../src/platform/ids.ts';
import { startTestServer } from '../support/server.ts';
import { errorMappings, Kiota, refusalOf, type Answered, type Kind } from './kiota/client.ts';

const server = await startTestServer();
const kiota = new Kiota(server.door.base, async () => await server.graph.token());
const entitlement = '/identityGovernance/entitlementManagement';
const [sam, ada] = [await createPerson(server.graph, 'Sam', server.domain), await createPerson(server.graph, 'Ada', server.domain)];
const api = await createApi(server.graph, { name: 'Orders API', roles: ['Orders.Read.All'] });
const blueprint = await createBlueprint(server.graph, 'support-bot', [sam]);

const catalogOf: Kind<models.AccessPackageCatalog> = { serializer: models.serializeAccessPackageCatalog, factory: models.createAccessPackageCatalogFromDiscriminatorValue };
const packageOf: Kind<models.AccessPackage> = { serializer: models.serializeAccessPackage, factory: models.createAccessPackageFromDiscriminatorValue };
const policyOf: Kind<models.AccessPackageAssignmentPolicy> = { serializer: models.serializeAccessPackageAssignmentPolicy, factory: models.createAccessPackageAssignmentPolicyFromDiscriminatorValue };
const requestOf: Kind<models.AccessPackageAssignmentRequest> = { serializer: models.serializeAccessPackageAssignmentRequest, factory: models.createAccessPackageAssignmentRequestFromDiscriminatorValue };

const resourceRequestOf: Kind<models.AccessPackageResourceRequest> = { serializer: models.serializeAccessPackageResourceRequest, factory: models.createAccessPackageResourceRequestFromDiscriminatorValue };
const roleScopeOf: Kind<models.AccessPackageResourceRoleScope> = { serializer: models.serializeAccessPackageResourceRoleScope, factory: models.createAccessPackageResourceRoleScopeFromDiscriminatorValue };
const stageOf: Kind<models.ApprovalStage> = { serializer: models.serializeApprovalStage, factory: models.createApprovalStageFromDiscriminatorValue };
const resourcesOf: Answered<models.AccessPackageResourceCollectionResponse> = { factory: models.createAccessPackageResourceCollectionResponseFromDiscriminatorValue };
const approvalsOf: Answered<models.ApprovalCollectionResponse> = { factory: models.createApprovalCollectionResponseFromDiscriminatorValue };
const stagesOf: Answered<models.ApprovalStageCollectionResponse> = { factory: models.createApprovalStageCollectionResponseFromDiscriminatorValue };
const assignmentsOf: Answered<models.AccessPackageAssignmentCollectionResponse> = { factory: models.createAccessPackageAssignmentCollectionResponseFromDiscriminatorValue };

const sponsors = (): models.SubjectSet => ({ odataType: '#microsoft.graph.targetAgentIdentitySponsorsOrOwners' });
const idOf = ({ id }: { readonly id?: string | null }): string => id ?? expect.unreachable('an entity without id');
const as = async (person: Parameters<typeof server.asPerson>[0]): Promise<Kiota> => {
  const token = await (await server.asPerson(person)).token();
  return new Kiota(server.door.base, async () => token);
};

async function createCatalog(displayName: string): Promise<models.AccessPackageCatalog> {
  return await kiota.post(`${entitlement}/catalogs`, catalogOf, { displayName, description: displayName, state: models.AccessPackageCatalogStateObject.Published, isExternallyVisible: false });
}

/** The API in the catalog, with its roles and scopes. */
async function addApi(catalogId: string): Promise<models.AccessPackageResource> {
  await kiota.post(`${entitlement}/resourceRequests`, resourceRequestOf, { requestType: models.AccessPackageRequestTypeObject.AdminAdd, catalog: { id: catalogId }, resource: { originId: api.appId, originSystem: 'OAuthApplication' } });
  const found = await kiota.get(`${entitlement}/catalogs/${catalogId}/resources?$filter=originId%20eq%20'${api.appId}'&$expand=roles,scopes`, resourcesOf);
  return found.value?.[0] ?? expect.unreachable('the catalog does not list the resource');
}

async function addRole(packageId: string, resource: models.AccessPackageResource): Promise<models.AccessPackageResourceRoleScope> {
  const [role, scope] = [resource.roles?.find((one) => one.originId === textOf(api.roles, 'Orders.Read.All')), resource.scopes?.[0]];
  return await kiota.post(`${entitlement}/accessPackages/${packageId}/resourceRoleScopes`, roleScopeOf, {
    role: { id: role?.id ?? null, originId: role?.originId ?? null, originSystem: role?.originSystem ?? null, resource: { id: idOf(resource) } }, scope: { id: scope?.id ?? null, originId: scope?.originId ?? null, originSystem: scope?.originSystem ?? null },
  });
}

async function createPolicy(packageId: string): Promise<models.AccessPackageAssignmentPolicy> {
  return await kiota.post(`${entitlement}/assignmentPolicies`, policyOf, {
    displayName: 'sponsors ask', description: 'sponsors ask', accessPackage: { id: packageId }, allowedTargetScope: models.AllowedTargetScopeObject.AllDirectoryAgentIdentities,
    expiration: { type: models.ExpirationPatternTypeObject.AfterDuration, duration: new Duration({ hours: 1 }) },
    requestorSettings: { enableOnBehalfRequestorsToAddAccess: true, enableTargetsToSelfAddAccess: false, onBehalfRequestors: [sponsors()] },
    requestApprovalSettings: { isApprovalRequiredForAdd: true, isApprovalRequiredForUpdate: false, stages: [{ durationBeforeAutomaticDenial: new Duration({ days: 14 }), isApproverJustificationRequired: false, primaryApprovers: [sponsors()], fallbackPrimaryApprovers: [] }] },
  });
}

const catalog = await createCatalog('Kiota catalog');
const accessPackage = await kiota.post(`${entitlement}/accessPackages`, packageOf, { displayName: 'Read orders', description: 'Read orders', isHidden: false, catalog: { id: idOf(catalog) } });
const resource = await addApi(idOf(catalog));
const roleScope = await addRole(idOf(accessPackage), resource);
const policy = await createPolicy(idOf(accessPackage));

const wanted = (agentId: string): models.AccessPackageAssignmentRequest => ({
  requestType: models.AccessPackageRequestTypeObject.UserAdd, justification: 'for the bot',
  // As Microsoft's own samples have it: the generated assignment knows none of the three.
  assignment: { additionalData: { targetId: agentId, assignmentPolicyId: idOf(policy), accessPackageId: idOf(accessPackage) } },
});

describe('what was made', () => {
  it('comes back in the types that the SDK declares', async () => {
    expect(catalog.createdDateTime).toBeInstanceOf(Date);
    expect([catalog.state, catalog.catalogType, catalog.isExternallyVisible]).toEqual(['published', 'userManaged', false]);
    expect([accessPackage.displayName, accessPackage.isHidden, roleScope.id]).toEqual(['Read orders', false, expect.any(String)]);
    const read = await kiota.get(`${entitlement}/accessPackages/${idOf(accessPackage)}?$expand=catalog,assignmentPolicies,resourceRoleScopes($expand=role,scope)`, packageOf);
    expect([read.catalog?.id, read.assignmentPolicies?.[0]?.id, read.resourceRoleScopes?.[0]?.role?.originId]).toEqual([idOf(catalog), idOf(policy), textOf(api.roles, 'Orders.Read.All')]);
    expect(read.modifiedDateTime).toBeInstanceOf(Date);
  });

  it('knows its polymorphic members, durations and enums', async () => {
    const read = await kiota.get(`${entitlement}/assignmentPolicies/${idOf(policy)}`, policyOf);
    expect([read.allowedTargetScope, read.expiration?.type, read.expiration?.duration?.hours]).toEqual(['allDirectoryAgentIdentities', 'afterDuration', 1]);
    const [stage] = read.requestApprovalSettings?.stages ?? [];
    expect([stage?.primaryApprovers?.[0]?.odataType, stage?.durationBeforeAutomaticDenial?.days, stage?.fallbackPrimaryApprovers]).toEqual(['#microsoft.graph.targetAgentIdentitySponsorsOrOwners', 14, []]);
  });

  it('may be sent back whole, changed in one place', async () => {
    const read = await kiota.get(`${entitlement}/assignmentPolicies/${idOf(policy)}`, policyOf);
    read.description = 'sponsors ask for their agents';
    const replaced = await kiota.put(`${entitlement}/assignmentPolicies/${idOf(policy)}`, policyOf, read);
    expect([replaced.description, replaced.allowedTargetScope, replaced.requestApprovalSettings?.stages?.length]).toEqual(['sponsors ask for their agents', 'allDirectoryAgentIdentities', 1]);
  });

  it('changes by PATCH and goes by DELETE', async () => {
    const other = idOf(await createCatalog('For a moment'));
    await kiota.patch(`${entitlement}/catalogs/${other}`, catalogOf, { description: 'changed' });
    expect((await kiota.get(`${entitlement}/catalogs/${other}`, catalogOf)).description).toBe('changed');
    await kiota.remove(`${entitlement}/catalogs/${other}`);
    expect((await refusalOf(kiota.get(`${entitlement}/catalogs/${other}`, catalogOf))).responseStatusCode).toBe(404);
  });
});

describe('a sponsor who asks for an agent', () => {
  it('waits for another sponsor, and the agent gets what the package gives', async () => {
    const bot = await createAgent(server.graph, blueprint, { displayName: 'bot', sponsors: [sam, ada] });
    const [asker, approver] = [await as(sam), await as(ada)];
    const request = await asker.post(`${entitlement}/assignmentRequests`, requestOf, wanted(bot.id));
    expect([request.requestType, request.createdDateTime instanceof Date]).toEqual(['userAdd', true]);
    expect((await asker.get(`${entitlement}/assignmentRequests/${idOf(request)}`, requestOf)).state).toBe(models.AccessPackageRequestStateObject.PendingApproval);
    const waiting = await approver.get(`${entitlement}/accessPackageAssignmentApprovals/filterByCurrentUser(on='approver')`, approvalsOf);
    expect(waiting.value?.map(idOf)).toContain(idOf(request));
    const stages = `${entitlement}/accessPackageAssignmentApprovals/${idOf(request)}/stages`;
    const [stage] = (await approver.get(stages, stagesOf)).value ?? [];
    const decision: models.ApprovalStage = { reviewResult: 'Approve', justification: 'fine' };
    const own = await refusalOf(asker.patch(`${stages}/${idOf(stage ?? {})}`, stageOf, decision));
    expect([own.responseStatusCode, own.errorEscaped?.code]).toEqual([403, 'Authorization_RequestDenied']);
    await approver.patch(`${stages}/${idOf(stage ?? {})}`, stageOf, decision);
    const found = await kiota.get(`${entitlement}/assignments?$filter=target/objectId%20eq%20'${bot.id}'&$expand=target,accessPackage,assignmentPolicy`, assignmentsOf);
    const [assignment] = found.value ?? [];
    expect([assignment?.state, assignment?.target?.objectId, assignment?.accessPackage?.id, assignment?.assignmentPolicy?.id]).toEqual(['delivered', bot.id, idOf(accessPackage), idOf(policy)]);
    expect(assignment?.schedule?.expiration?.endDateTime?.getTime()).toBeGreaterThan(Date.now());
    expect(rolesIn(await server.agentToken(blueprint, bot, api.scope))).toEqual(['Orders.Read.All']);
  });
});

describe('a refusal', () => {
  it('is an ODataError with every field', async () => {
    const error = await refusalOf((await as(sam)).post(`${entitlement}/assignmentRequests`, requestOf, wanted(newId())));
    expect(error.responseStatusCode).toBeGreaterThanOrEqual(400);
    const main = error.errorEscaped;
    expect([main?.code, main?.message, main?.innerError?.requestId, main?.innerError?.clientRequestId]).toEqual([expect.any(String), expect.any(String), expect.stringMatching(/^[0-9a-f-]{36}$/), expect.any(String)]);
    expect(main?.innerError?.date).toBeInstanceOf(Date);
    expect(Math.abs((main?.innerError?.date?.getTime() ?? 0) - Date.now())).toBeLessThan(24 * 3_600_000);
    for (const detail of main?.details ?? []) expect([typeof detail.code, typeof detail.message]).toEqual(['string', 'string']);
  });

  it('names what is wrong with a query', async () => {
    const error = await refusalOf(kiota.client.users.get({ queryParameters: { filter: "nowhere eq 'x'" } }));
    expect([error.responseStatusCode, error.errorEscaped?.code, error.errorEscaped?.message]).toEqual([400, expect.any(String), expect.stringContaining('nowhere')]);
  });
});

describe('the fluent client', () => {
  it('creates, reads, changes, counts and deletes people', async () => {
    const { users } = kiota.client;
    const name = `kim-${newId().slice(-6)}`;
    const made = await users.post({ accountEnabled: true, displayName: 'Kim', mailNickname: name, userPrincipalName: `${name}@${server.domain}`, passwordProfile: { forceChangePasswordNextSignIn: false, password: `Pw-${newId()}` } });
    const kim = users.byUserId(idOf(made ?? {}));
    await kim.patch({ jobTitle: 'Clerk' });
    expect(await kim.get({ queryParameters: { select: ['id', 'jobTitle', 'createdDateTime'] } })).toMatchObject({ jobTitle: 'Clerk', createdDateTime: expect.any(Date) as Date });
    expect(await users.count.get({ headers: { ConsistencyLevel: 'eventual' }, queryParameters: { filter: "displayName eq 'Kim'" } })).toBe(1);
    const found = await users.get({ headers: { ConsistencyLevel: 'eventual' }, queryParameters: { search: '"displayName:Kim"', count: true, orderby: ['displayName'] } });
    expect([found?.odataCount, found?.value?.map(({ displayName }) => displayName)]).toEqual([1, ['Kim']]);
    await kim.delete();
    expect((await refusalOf(kim.get())).responseStatusCode).toBe(404);
  });

  it('knows who is signed in', async () => {
    expect((await (await as(ada)).client.me.get())?.id).toBe(ada.id);
  });

  it('turns pages, and stops and goes on where it is told to', async () => {
    for (let person = 0; person < 5; person += 1) await createPerson(server.graph, `Paged ${person}`, server.domain);
    const first = await kiota.client.users.get({ queryParameters: { top: 2, filter: "startswith(displayName,'Paged')", orderby: ['displayName'] } });
    const names: string[] = [];
    const page = { value: first?.value ?? [], odataNextLink: first?.odataNextLink ?? '' };
    const iterator = new PageIterator<models.User>(kiota.adapter, page, (user) => names.push(user.displayName ?? '') !== 3, models.createUserCollectionResponseFromDiscriminatorValue, errorMappings);
    await iterator.iterate();
    expect(names).toEqual(['Paged 0', 'Paged 1', 'Paged 2']);
    await iterator.resume();
    expect([names, iterator.getPagingState()]).toEqual([['Paged 0', 'Paged 1', 'Paged 2', 'Paged 3', 'Paged 4'], 'Complete']);
  });

  it('follows changes', async () => {
    const { delta } = kiota.client.users;
    let page = await delta.get({ queryParameters: { select: ['displayName'] } });
    while (page?.odataNextLink) page = await delta.withUrl(page.odataNextLink).get();
    const link = page?.odataDeltaLink ?? expect.unreachable('no delta link');
    expect((await delta.withUrl(link).get())?.value).toEqual([]);
    await kiota.client.users.byUserId(sam.id).patch({ displayName: 'Samuel' });
    expect((await delta.withUrl(link).get())?.value?.map(({ id, displayName }) => [id, displayName])).toEqual([[sam.id, 'Samuel']]);
  });

  it('batches', async () => {
    const batch = new BatchRequestContent(kiota.adapter, errorMappings);
    const { users } = kiota.client;
    const parts = [users.byUserId(sam.id).toGetRequestInformation(), users.byUserId(newId()).toGetRequestInformation(), users.toGetRequestInformation({ queryParameters: { top: 1 } })].map((one) => batch.addBatchRequest(one).id);
    const answer = await batch.postAsync() ?? expect.unreachable('no answer');
    const statuses = await answer.getResponsesStatusCodes();
    expect(parts.map((id) => statuses.get(id))).toEqual([200, 404, 200]);
  });
});
