/** The two vocabularies of Graph on the wire: every row of graph-contract.md §1.3 that is not about policies, in both directions. */
import { describe, expect, it } from 'vitest';
import { createPackage } from '../../cli/client/organisation.ts';
import { recordAt, recordsAt, textAt, type JsonRecord } from '../../src/kernel/json.ts';
import { createGroup } from '../support/access.ts';
import { em, layGround, tellApart, type Version } from './ground.ts';

const { server, send, both, person, approver, groupId, catalogId, packageId, resourceId, policyId, asApprover, requestId } = await layGround();

describe('§1.3, row by row', () => {
  it('enumerations: camelCase words, PascalCase words', async () => {
    const [one, beta] = await both({ 'v1.0': `${em}/assignmentRequests/${requestId}`, 'beta': `${em}/assignmentRequests/${requestId}` });
    expect([one['requestType'], one['state'], beta['requestType'], beta['requestState']]).toEqual(['userAdd', 'pendingApproval', 'UserAdd', 'PendingApproval']);
    for (const version of ['v1.0', 'beta'] as const) {
      const [state, word] = version === 'beta' ? ['requestState', 'pendingApproval'] : ['state', 'PendingApproval'];
      expect(recordsAt(await send('GET', `${em}/assignmentRequests?$filter=${state} eq '${word}'`, { version }), 'value')).toHaveLength(1);
    }
  });

  it('state of a catalog', async () => {
    const path = { 'v1.0': `${em}/catalogs/${catalogId}`, 'beta': `${em}/accessPackageCatalogs/${catalogId}` };
    const pair = await both(path);
    tellApart(pair, ['state'], ['catalogStatus', 'createdBy', 'modifiedBy', 'privilegeLevel', 'uniqueName']);
    expect([pair[0]['state'], pair[1]['catalogStatus']]).toEqual(['published', 'Published']);
    for (const [catalogStatus, state] of [['unpublished', 'unpublished'], ['Published', 'published'], ['PUBLISHED', 'published']] as const) {
      await send('PATCH', path.beta, { version: 'beta', body: { catalogStatus } });
      expect((await send('GET', path['v1.0']))['state']).toBe(state);
    }
    expect(recordsAt(await send('GET', `${em}/accessPackageCatalogs?$filter=catalogStatus eq 'published' and displayName eq 'vocabularies'`, { version: 'beta' }), 'value')).toHaveLength(1);
  });

  it('catalog of a package', async () => {
    const expand = async (version: Version, navigation: string): Promise<JsonRecord> => await send('GET', `${em}/accessPackages/${packageId}?$expand=${navigation}`, { version });
    const pair = [await expand('v1.0', 'catalog'), await expand('beta', 'accessPackageCatalog')] as const;
    tellApart(pair, ['catalog'], ['catalogId', 'accessPackageCatalog', 'isRoleScopesVisible']);
    expect([recordAt(pair[0], 'catalog')['id'], pair[1]['catalogId'], recordAt(pair[1], 'accessPackageCatalog')['id']]).toEqual([catalogId, catalogId, catalogId]);
    const made = await send('POST', `${em}/accessPackages`, { version: 'beta', body: { displayName: 'By beta', catalogId: catalogId, accessPackageCatalog: recordAt(pair[1], 'accessPackageCatalog') } });
    expect(recordAt(await send('GET', `${em}/accessPackages/${textAt(made, 'id') ?? ''}?$expand=catalog`), 'catalog')['id']).toBe(catalogId);
    await send('DELETE', `${em}/accessPackages/${textAt(made, 'id') ?? ''}`);
  });

  it('resource', async () => {
    const [id, query] = [resourceId, (word: (v1: string) => string): string => `?$expand=${word('environment')},${word('roles')},${word('scopes')}`];
    const inBeta = (name: string): string => `accessPackageResource${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    const pair = await both({ 'v1.0': `${em}/catalogs/${catalogId}/resources/${id}${query((name) => name)}`, 'beta': `${em}/accessPackageCatalogs/${catalogId}/accessPackageResources/${id}${query(inBeta)}` });
    tellApart(pair, ['environment', 'roles', 'scopes', 'createdDateTime'], ['accessPackageResourceEnvironment', 'accessPackageResourceRoles', 'accessPackageResourceScopes', 'addedBy', 'addedOn', 'isPendingOnboarding', 'resourceType', 'url']);
    expect([pair[0]['attributes'], pair[1]['attributes']]).toEqual([[], []]);
    const [scopeOne, scopeBeta] = [recordsAt(pair[0], 'scopes')[0] ?? {}, recordsAt(pair[1], 'accessPackageResourceScopes')[0] ?? {}];
    tellApart([scopeOne, scopeBeta], ['isRootScope'], ['isRootScope', 'roleOriginId', 'url']);
  });

  it('role scope', async () => {
    const pair = await both({
      'v1.0': `${em}/accessPackages/${packageId}/resourceRoleScopes?$expand=role,scope`, 'beta': `${em}/accessPackages/${packageId}/accessPackageResourceRoleScopes?$expand=accessPackageResourceRole,accessPackageResourceScope`,
    });
    const [one, beta] = [recordsAt(pair[0], 'value')[0] ?? {}, recordsAt(pair[1], 'value')[0] ?? {}];
    tellApart([one, beta], ['role', 'scope'], ['accessPackageResourceRole', 'accessPackageResourceScope']);
    expect(one['id']).toBe(beta['id']);
    const other = await createPackage(server.graph, catalogId, 'Other kit');
    const made = await send('POST', `${em}/accessPackages/${other.id}/accessPackageResourceRoleScopes`, {
      version: 'beta', body: { accessPackageResourceRole: { originId: `Owner_${groupId}`, originSystem: 'AadGroup', accessPackageResource: { id: resourceId, originId: groupId } }, accessPackageResourceScope: { originId: groupId, originSystem: 'AadGroup', isRootScope: true } },
    });
    expect(recordsAt(await send('GET', `${em}/accessPackages/${other.id}/resourceRoleScopes?$expand=role`), 'value')).toMatchObject([{ id: made['id'], role: { originId: `Owner_${groupId}` } }]);
  });

  it('resource request', async () => {
    const two = await createGroup(server.graph, 'Writers');
    const made = await send('POST', `${em}/accessPackageResourceRequests`, { version: 'beta', body: { catalogId: catalogId, requestType: 'AdminAdd', executeImmediately: true, isValidationOnly: false, justification: 'why not', accessPackageResource: { originId: two.id, originSystem: 'AadGroup' } } });
    expect(made).toMatchObject({ requestType: 'AdminAdd', requestState: 'Delivered', requestStatus: 'Fulfilled', catalogId: catalogId, executeImmediately: true, isValidationOnly: false, justification: 'why not' });
    const id = textAt(made, 'id') ?? '';
    const pair = await both({ 'v1.0': `${em}/resourceRequests/${id}?$expand=catalog,resource`, 'beta': `${em}/accessPackageResourceRequests/${id}?$expand=accessPackageResource` });
    tellApart(pair, ['state', 'catalog', 'resource', 'createdDateTime'], ['catalogId', 'accessPackageResource', 'executeImmediately', 'isValidationOnly', 'justification', 'requestState', 'requestStatus']);
    expect(pair[0]).toMatchObject({ requestType: 'adminAdd', state: 'delivered', catalog: { id: catalogId }, resource: { originId: two.id } });
  });

  it('request', async () => {
    const pair = await both({ 'v1.0': `${em}/assignmentRequests/${requestId}?$expand=assignment`, 'beta': `${em}/accessPackageAssignmentRequests/${requestId}?$expand=accessPackageAssignment` });
    tellApart(pair, ['state', 'status', 'completedDateTime', 'assignment'], ['requestState', 'requestStatus', 'completedDate', 'accessPackageAssignment', 'isValidationOnly', 'verifiedCredentialsData', 'customExtensionHandlerInstances']);
    expect([pair[1]['isValidationOnly'], pair[1]['verifiedCredentialsData'], pair[1]['customExtensionHandlerInstances']]).toEqual([false, [], []]);
  });

  it('approval step', async () => {
    const path = `${em}/accessPackageAssignmentApprovals/${requestId}`;
    const [one, beta] = await both({ 'v1.0': `${path}?$expand=stages`, 'beta': `${path}?$expand=steps` });
    tellApart([one, beta], ['stages'], ['steps']);
    const id = textAt(recordsAt(one, 'stages')[0] ?? {}, 'id') ?? '';
    expect(recordsAt(beta, 'steps')[0]).toMatchObject({ id, reviewResult: 'NotReviewed', status: 'InProgress' });
    await send('PATCH', `${path}/steps/${id}`, { version: 'beta', token: asApprover, body: { reviewResult: 'Approve', justification: 'fine' } });
    expect(await send('GET', `${path}/stages/${id}`, { token: asApprover })).toMatchObject({ reviewResult: 'Approve', status: 'Completed', justification: 'fine', reviewedBy: { id: approver.id } });
    expect(await send('GET', `${path}/steps/${id}`, { token: asApprover, version: 'beta' })).toMatchObject({ reviewResult: 'Approve' });
  });

  it('assignment', async () => {
    const filter = `?$filter=target/objectId eq '${person.id}'`;
    const [one, beta] = [recordsAt(await send('GET', `${em}/assignments${filter}`), 'value')[0] ?? {}, recordsAt(await send('GET', `${em}/accessPackageAssignments${filter}`, { version: 'beta' }), 'value')[0] ?? {}];
    tellApart([one, beta], ['state', 'status', 'schedule'], ['assignmentState', 'assignmentStatus', 'targetId', 'accessPackageId', 'assignmentPolicyId', 'catalogId', 'isExtended', 'schedule']);
    expect(one).toMatchObject({ id: beta['id'], state: 'delivered', schedule: { expiration: { type: 'afterDateTime' } } });
    expect(beta).toMatchObject({ assignmentState: 'Delivered', accessPackageId: packageId, assignmentPolicyId: policyId, catalogId: catalogId });
    expect(recordsAt(await send('GET', `${em}/accessPackageAssignments?$filter=accessPackageId eq '${packageId}' and assignmentState eq 'Delivered'`, { version: 'beta' }), 'value')).toHaveLength(1);
  });

  it('subject', async () => {
    const [one, beta] = await both({ 'v1.0': `${em}/subjects(objectId='${person.id}')`, 'beta': `${em}/subjects(objectId='${person.id}')` });
    tellApart([one, beta], ['subjectType', 'subjectLifecycle'], ['type', 'altSecId', 'connectedOrganizationId', 'cleanupScheduledDateTime', 'subjectLifecycle']);
    expect([one['subjectType'], beta['type']]).toEqual(['user', 'User']);
  });
});
