/** Access data of systems outside the directory: uploaded for one instance of a review, checked, kept, and closed for good. */
import { createHash, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { beforeAll, describe, expect, it } from 'vitest';
import { entitlement, textOf, type Entity } from '../../cli/client/graph.ts';
import { send, type Answer } from '../../cli/client/http.ts';
import { createAgent, createBlueprint, createCatalog, createPackage, createPerson } from '../../cli/client/organisation.ts';
import { entitlementRole } from '../../src/features/roles/model.ts';
import { all } from '../../src/platform/db/transaction.ts';
import { createGroup } from '../support/access.ts';
import { inBeta } from '../support/beta.ts';
import type { MicrosoftGraph } from '../support/microsoft-graph.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
const { graph } = server;
const catalog = await createCatalog(graph, 'Buildings');
const resources = `${entitlement}/catalogs/${catalog.id}/resources`;
const head = 'principalId,principalType,permissionId,permissionName,permissionDescription,permissionType';
const row = (name = 'Access'): string => `${randomUUID()},user,${randomUUID()},${name},"Door, ""main""",Physical`;
const rowsOf = async (query: ReturnType<typeof sql<{ n: number }>>) => (await all(server.database.db, query))[0]?.n;

const system = (more: object = {}): object => ({ '@odata.type': '#microsoft.graph.customDataProvidedResource', displayName: 'Badge system', originSystem: 'CustomDataProvidedResource', ...more });

async function newResource(more: object = {}): Promise<Entity> {
  const originId = `Badge ${randomUUID()}`;
  await graph.create(`${entitlement}/resourceRequests`, { requestType: 'adminAdd', catalog: { id: catalog.id }, resource: system({ originId, ...more }) });
  const [found] = await graph.list(`${resources}?$filter=originId eq '${originId}'`);
  return found ?? expect.unreachable('the resource is not listed');
}

const context = (instance: string = randomUUID()): object => ({
  '@odata.type': '#microsoft.graph.customDataProvidedResourceAccessReviewUploadSession',
  data: { '@odata.type': '#microsoft.graph.customDataProvidedResourcePayloads.accessReviewContextData', reviewDefinitionId: randomUUID(), reviewInstanceId: instance },
});

let resource: Entity;
let sessions: string;
const newSession = async (): Promise<string> => `${sessions}/${(await graph.create(sessions, context())).id}`;

beforeAll(async () => {
  resource = await newResource();
  sessions = `${resources}/${resource.id}/uploadSessions`;
});

async function upload(session: string, text: string, { name = 'access.csv', caller = graph, version = 'v1.0' }: { readonly name?: string; readonly caller?: MicrosoftGraph; readonly version?: string } = {}): Promise<Answer> {
  const body = ['--cut', `Content-Disposition: form-data; name="file"; filename="${name}"`, 'Content-Type: application/octet-stream', '', text, '--cut--', ''].join('\r\n');
  return await send('POST', `${caller.base}/${version}${session}/uploadFile`, { token: await caller.token(), body, headers: { 'content-type': 'multipart/form-data; boundary=cut' } });
}
const reasonsOf = ({ json }: Answer): string => JSON.stringify(json['error']);

describe('a resource with uploaded data', () => {
  it('has any originId as it is written, its own type, and nobody whom a package could serve', async () => {
    const made = await newResource({ description: 'doors', notificationEndpointConfiguration: { '@odata.type': '#microsoft.graph.logicAppTriggerEndpointConfiguration', subscriptionId: 's', resourceGroupName: 'r', logicAppWorkflowName: 'doors', url: 'https://example.com/?sig=secret' } });
    const read = await graph.read(`${resources}/${made.id}?$expand=roles,scopes,environment`);
    expect(read).toMatchObject({
      '@odata.type': '#microsoft.graph.customDataProvidedResource', originSystem: 'CustomDataProvidedResource', displayName: 'Badge system', description: 'doors', roles: [],
      environment: { originSystem: 'CustomDataProvidedResource', isDefaultEnvironment: true }, notificationEndpointConfiguration: { logicAppWorkflowName: 'doors' },
    });
    expect(JSON.stringify(read)).not.toContain('secret');
    expect(await rowsOf(sql<{ n: number }>`select count(*)::integer as n from audit_events where to_jsonb(audit_events)::text like '%sig=secret%'`)).toBe(0);
    const { id } = await createPackage(graph, catalog.id, 'Doors');
    for (const role of [{ originId: 'x', originSystem: 'CustomDataProvidedResource' }, { originId: 'x', originSystem: 'CustomDataProvidedResource', resource: { id: made.id } }]) {
      expect(await graph.refusal('POST', `${entitlement}/accessPackages/${id}/resourceRoleScopes`, { role, scope: { originId: made['originId'], originSystem: 'CustomDataProvidedResource' } }))
        .toMatchObject({ status: 400, message: expect.stringContaining('uploaded for reviews') as string });
    }
  });

  it('needs a name, and alone has somebody to notify', async () => {
    const add = async (given: object) => await graph.refusal('POST', `${entitlement}/resourceRequests`, { requestType: 'adminAdd', catalog: { id: catalog.id }, resource: given });
    expect(await add({ originSystem: 'CustomDataProvidedResource', originId: 'x' })).toMatchObject({ status: 400, target: 'resource/displayName' });
    const group = await createGroup(graph, 'Notified');
    expect(await add({ originSystem: 'AadGroup', originId: group.id, notificationEndpointConfiguration: { '@odata.type': '#microsoft.graph.logicAppTriggerEndpointConfiguration', logicAppWorkflowName: 'x' } }))
      .toMatchObject({ status: 400, target: 'resource/notificationEndpointConfiguration' });
  });
});

describe('an upload session', () => {
  it('takes files, is completed, and is closed then', async () => {
    const instance = randomUUID();
    const made = await graph.create(sessions, context(instance));
    expect(made).toMatchObject({ '@odata.type': '#microsoft.graph.customDataProvidedResourceAccessReviewUploadSession', status: 'active', isUploadDone: false, referenceId: instance, stats: { filesUploaded: 0, totalBytesUploaded: 0 }, files: [] });
    const session = `${sessions}/${made.id}`;
    const text = `${head}\n${row()}\r\n${row('Reserve')}\n`;
    expect((await upload(session, text)).json).toMatchObject({ '@odata.type': '#microsoft.graph.customDataProvidedResourceAccessReviewUploadSession', status: 'active', stats: { filesUploaded: 1, totalBytesUploaded: Buffer.byteLength(text) } });
    expect((await upload(session, `\uFEFF${head.toUpperCase()}\n${row()}`, { name: 'second.csv', version: 'beta' })).status).toBe(200);
    const read = await graph.read(`${session}?$expand=files($orderby=name desc)`);
    expect(read['files']).toMatchObject([{ name: 'second.csv' }, { name: 'access.csv', size: Buffer.byteLength(text) }]);
    const [stored] = await all(server.database.db, sql<{ content: Buffer }>`select content from uploaded_files where session_id = ${made.id} and name = 'access.csv'`);
    expect(stored?.content.toString()).toBe(text);
    const events = await graph.list(`/auditLogs/directoryAudits?$filter=activityDisplayName eq 'Upload file for access review'`);
    expect(JSON.stringify(events)).toContain(createHash('sha256').update(text).digest('hex'));
    expect(JSON.stringify(events)).not.toContain('Door, ');
    expect(await graph.must('PATCH', session, { isUploadDone: true })).toMatchObject({ status: 'complete', isUploadDone: true, stats: { filesUploaded: 2 } });
    expect(await upload(session, text, { name: 'late.csv' })).toMatchObject({ status: 409 });
    expect(await graph.refusal('PATCH', session, { isUploadDone: true })).toMatchObject({ status: 409, codes: ['sessionComplete'] });
    expect(await graph.refusal('DELETE', session)).toMatchObject({ status: 409, codes: ['sessionComplete'] });
    expect(await graph.refusal('POST', sessions, context(instance))).toMatchObject({ status: 409 });
    expect(await graph.list(`${sessions}?$filter=referenceId eq '${instance}' and status eq 'complete'`)).toMatchObject([{ id: made.id }]);
  });

  it('expires, takes nothing more, and is begun anew once it is deleted with its files', async () => {
    const instance = randomUUID();
    const made = await graph.create(sessions, context(instance));
    const session = `${sessions}/${made.id}`;
    await upload(session, `${head}\n${row()}`);
    await sql`update upload_sessions set created_at = now() - interval '3 hours', expires_at = now() - interval '1 second' where id = ${made.id}`.execute(server.database.owner);
    expect(await graph.read(session)).toMatchObject({ status: 'expired', isUploadDone: false });
    expect(reasonsOf(await upload(session, `${head}\n${row()}`, { name: 'late.csv' }))).toContain('sessionExpired');
    expect(await graph.refusal('PATCH', session, { isUploadDone: true })).toMatchObject({ status: 409, codes: ['sessionExpired'] });
    expect(await graph.refusal('POST', sessions, context(instance))).toMatchObject({ status: 409 });
    await graph.must('DELETE', session);
    expect(await rowsOf(sql<{ n: number }>`select count(*)::integer as n from uploaded_files where session_id = ${made.id}`)).toBe(0);
    expect((await graph.refusal('GET', session)).status).toBe(404);
    await graph.create(sessions, context(instance));
  });

  it.each([
    ['', 'access.csv', 'emptyFile'], [`${head.replace('principalType,', '')}\n`, 'access.csv', 'missingColumn'], [`${head},extra\n`, 'access.csv', 'strayColumn'], [`${head}\n${row()},more`, 'access.csv', 'wrongRow'],
    [`${head}\nsomebody,user,1,Access,,\n`, 'access.csv', 'principalId'], [`${head}\n${randomUUID()},robot,1,Access,,\n`, 'access.csv', 'principalType'], [`${head}\n${randomUUID()},user,1,,,\n`, 'access.csv', 'emptyValue'],
    [`${head}\n"open`, 'access.csv', 'malformedCsv'], [`${head}\n`, 'access.xlsx', 'fileType'], [`${head}\n`, '../access.csv', 'fileName'],
  ])('refuses a file that no review can be made of: %j %s %s', async (text, name, code) => {
    const session = await newSession();
    const refused = await upload(session, text, { name });
    expect([refused.status, reasonsOf(refused)]).toEqual([400, expect.stringContaining(`"${code}"`)]);
    expect(await graph.read(session)).toMatchObject({ stats: { filesUploaded: 0 } });
    await graph.must('DELETE', session);
  });

  it('takes ten files of five MiB at most, each name once, and no JSON', async () => {
    const session = await newSession();
    for (let index = 0; index < 10; index += 1) expect((await upload(session, `${head}\n${row()}`, { name: `${index}.csv` })).status).toBe(200);
    expect(reasonsOf(await upload(session, `${head}\n`, { name: 'eleventh.csv' }))).toContain('tooManyFiles');
    await graph.must('DELETE', session);
    const other = await newSession();
    expect((await upload(other, `${head}\n`)).status).toBe(200);
    expect((await upload(other, `${head}\n`, { name: 'ACCESS.CSV' })).status).toBe(409);
    expect((await upload(other, `${head}\n${'x'.repeat(5 * 1024 * 1024)}`, { name: 'large.csv' })).status).toBe(413);
    expect((await upload(other, `${head}\n${'x'.repeat(6 * 1024 * 1024)}`, { name: 'larger.csv' })).status).toBe(413);
    expect(await graph.refusal('POST', `${other}/uploadFile`, { name: 'x' })).toMatchObject({ status: 400, target: 'file' });
    const token = await graph.token();
    expect((await send('POST', `${graph.base}/v1.0${sessions}`, { token, body: '--cut--', headers: { 'content-type': 'multipart/form-data; boundary=cut' } })).status).toBe(415);
    await graph.must('DELETE', other);
  });

  it('is one of ten that are open, changes in one way only, and is for uploaded resources only', async () => {
    const own = `${resources}/${(await newResource()).id}/uploadSessions`;
    for (let index = 0; index < 10; index += 1) await graph.create(own, context());
    expect(await graph.refusal('POST', own, context())).toMatchObject({ status: 409, message: expect.stringContaining('10 upload sessions') as string });
    const session = `${own}/${(await graph.list(own))[0]?.id ?? ''}`;
    for (const body of [{ isUploadDone: false }, {}]) expect(await graph.refusal('PATCH', session, body)).toMatchObject({ status: 400, target: 'isUploadDone' });
    expect((await graph.refusal('PATCH', session, { isUploadDone: true, referenceId: 'x', data: { '@odata.type': '#microsoft.graph.customDataProvidedResourcePayloads.accessReviewContextData', reviewDefinitionId: 'other', reviewInstanceId: 'other' } })).status).toBe(400);
    expect(await graph.refusal('POST', sessions, { data: { '@odata.type': '#microsoft.graph.customDataProvidedResourcePayloads.accessReviewContextData', reviewDefinitionId: randomUUID() } })).toMatchObject({ status: 400, target: 'data' });
    const group = await createGroup(graph, 'Known here');
    await graph.create(`${entitlement}/resourceRequests`, { requestType: 'adminAdd', catalog: { id: catalog.id }, resource: { originId: group.id, originSystem: 'AadGroup' } });
    const [known] = await graph.list(`${resources}?$filter=originId eq '${group.id}'`);
    expect(await graph.refusal('POST', `${resources}/${known?.id ?? ''}/uploadSessions`, context())).toMatchObject({ status: 400, message: expect.stringContaining('its access is known here') as string });
  });

  it('goes with its resource', async () => {
    const made = await newResource();
    const session = await graph.create(`${resources}/${made.id}/uploadSessions`, context());
    await upload(`${resources}/${made.id}/uploadSessions/${session.id}`, `${head}\n${row()}`);
    await graph.create(`${entitlement}/resourceRequests`, { requestType: 'adminRemove', catalog: { id: catalog.id }, resource: { id: made.id } });
    expect(await rowsOf(sql<{ n: number }>`select count(*)::integer as n from uploaded_files where session_id = ${session.id}`)).toBe(0);
  });

  it('is reached by both versions and by the alias', async () => {
    const made = await graph.create(sessions, context());
    for (const base of [`/v1.0/identityGovernance/catalogs/${catalog.id}/resources`, `/beta/identityGovernance/catalogs/${catalog.id}/accessPackageResources`, `/beta${entitlement}/accessPackageCatalogs/${catalog.id}/accessPackageResources`]) {
      const url = `${graph.base}${base}/${resource.id}/uploadSessions/${made.id}`;
      expect(await send('GET', url, { token: await graph.token() })).toMatchObject({ status: 200, json: { id: made.id, status: 'active' } });
      expect((await send('POST', `${url}/uploadFile`, { token: await graph.token(), headers: { 'content-type': 'multipart/form-data; boundary=cut' }, body: `--cut\r\nContent-Disposition: form-data; name="file"; filename="${randomUUID()}.csv"\r\n\r\n${head}\r\n--cut--` })).status).toBe(200);
    }
    expect((await inBeta(graph, { method: 'DELETE', path: `${entitlement}/accessPackageCatalogs/${catalog.id}/accessPackageResources/${resource.id}/uploadSessions/${made.id}` })).status).toBe(204);
  });
});

describe('who uploads', () => {
  it('manages the catalog: nobody else does, and strangers learn nothing', async () => {
    const desks: Record<string, MicrosoftGraph> = {};
    for (const [name, role] of [['owner', 'catalogOwner'], ['reader', 'catalogReader'], ['stranger', undefined]] as const) {
      const person = await createPerson(graph, `U ${name}`, server.domain);
      if (role !== undefined) await graph.create('/roleManagement/entitlementManagement/roleAssignments', { principalId: person.id, roleDefinitionId: entitlementRole[role], directoryScopeId: '/', appScopeId: `/AccessPackageCatalog/${catalog.id}` });
      desks[name] = await server.asPerson(person);
    }
    const blueprint = await createBlueprint(graph, 'bots', [await createPerson(graph, 'U sponsor', server.domain)]);
    const sponsor = await createPerson(graph, 'U sponsor 2', server.domain);
    desks['agent'] = await server.asAgent(blueprint, await createAgent(graph, blueprint, { displayName: 'bot', sponsors: [sponsor] }));
    const owner = desks['owner'] ?? graph;
    const made = await owner.create(sessions, context());
    const session = `${sessions}/${made.id}`;
    expect((await upload(session, `${head}\n${row()}`, { caller: owner })).status).toBe(200);
    for (const name of ['reader', 'stranger', 'agent']) {
      const desk = desks[name] ?? graph;
      const wanted = name === 'reader' ? 403 : 404;
      const seen = [
        (await upload(session, `${head}\n${row()}`, { caller: desk, name: 'other.csv' })).status, (await desk.refusal('PATCH', session, { isUploadDone: true })).status,
        (await desk.refusal('DELETE', session)).status, (await desk.refusal('POST', sessions, context())).status,
      ];
      expect([name, seen.every((status) => status === wanted || (name !== 'reader' && status === 403))]).toEqual([name, true]);
      if (name === 'reader') expect(await desk.read(session)).toMatchObject({ stats: { filesUploaded: 1 } });
      else expect((await desk.refusal('GET', session)).status).toBeOneOf([403, 404]);
    }
    expect(textOf(await owner.read(session), 'status')).toBe('active');
  });
});
