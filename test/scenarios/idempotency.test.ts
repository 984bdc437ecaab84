/** A client that loses an answer asks again with the same Idempotency-Key: nothing happens twice, and the lost answer comes. */
import { describe, expect, it } from 'vitest';
import { entitlement, textOf } from '../../cli/client/graph.ts';
import { send, type Answer } from '../../cli/client/http.ts';
import { createPerson, type Person } from '../../cli/client/organisation.ts';
import { requestBody } from '../../cli/client/policies.ts';
import { recordAt, recordsAt, type JsonRecord } from '../../src/kernel/json.ts';
import { newId } from '../../src/platform/ids.ts';
import { offer } from '../support/access.ts';
import type { MicrosoftGraph } from '../support/microsoft-graph.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
const { graph } = server;
const requests = `${entitlement}/assignmentRequests`;
const open = await offer(graph, [], { scope: 'allMemberUsers', requestor: { enableTargetsToSelfAddAccess: true, enableTargetsToSelfRemoveAccess: true } });

let count = 0;
const newPerson = async (): Promise<Person> => await createPerson(graph, `Keyed ${++count}`, server.domain);
const post = async (who: MicrosoftGraph, path: string, sent: { readonly body: JsonRecord; readonly key?: string; readonly version?: string }): Promise<Answer> =>
  await send('POST', `${who.base}/${sent.version ?? 'v1.0'}${path}`, { token: await who.token(), body: sent.body, headers: sent.key === undefined ? {} : { 'idempotency-key': sent.key } });

describe('asking again with the same key', () => {
  it('is answered the same, where without a key it would be refused', async () => {
    const person = await newPerson();
    const desk = await server.asPerson(person);
    const [body, key] = [requestBody('userAdd', { targetId: person.id, ...open }), newId()];
    const first = await post(desk, requests, { body, key });
    const again = await post(desk, requests, { body, key });
    expect(first).toMatchObject({ status: 201, json: { state: 'delivered' } });
    expect([again.status, again.text, again.headers.get('location'), again.headers.get('idempotent-replayed')]).toEqual([201, first.text, first.headers.get('location'), 'true']);
    expect((await post(desk, requests, { body })).status).toBe(409);
    expect((await desk.list(requests)).length).toBe(1);
  });

  it('is done once when two come at the same moment', async () => {
    const person = await newPerson();
    const desk = await server.asPerson(person);
    const sent = { body: requestBody('userAdd', { targetId: person.id, ...open }), key: newId() };
    const [one, other] = await Promise.all([post(desk, requests, sent), post(desk, requests, sent)]);
    expect([one.status, other.status, one.text === other.text]).toEqual([201, 201, true]);
    expect((await desk.list(requests)).length).toBe(1);
  });

  it('is refused for another request, and tells another person nothing', async () => {
    const [person, stranger] = [await newPerson(), await newPerson()];
    const [desk, other, key] = [await server.asPerson(person), await server.asPerson(stranger), newId()];
    await post(desk, requests, { body: requestBody('userAdd', { targetId: person.id, ...open }), key });
    const reused = await post(desk, requests, { body: requestBody('userAdd', { targetId: person.id, ...open }, { justification: 'another' }), key });
    expect(reused).toMatchObject({ status: 422, json: { error: { code: 'UnprocessableEntity', target: 'Idempotency-Key' } } });
    const stolen = await post(other, requests, { body: requestBody('userAdd', { targetId: person.id, ...open }), key });
    expect(stolen).toMatchObject({ status: 403, json: { error: { details: [{ code: 'packageNotRequestable' }] } } });
  });

  it('may be mended, because a refusal is not kept', async () => {
    const person = await newPerson();
    const [desk, key] = [await server.asPerson(person), newId()];
    expect((await post(desk, requests, { body: { requestType: 'userAdd', assignment: { accessPackageId: newId() } }, key })).status).toBe(403);
    expect((await post(desk, requests, { body: requestBody('userAdd', { targetId: person.id, ...open }), key })).status).toBe(201);
  });

  it('works in the parts of a batch, each with its own key', async () => {
    const person = await newPerson();
    const [desk, key] = [await server.asPerson(person), newId()];
    const part = (id: string): JsonRecord => ({ id, method: 'POST', url: requests, headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key }, body: requestBody('userAdd', { targetId: person.id, ...open }) });
    const { json } = await post(desk, '/$batch', { body: { requests: [part('1'), { ...part('2'), dependsOn: ['1'] }] } });
    const [one, other] = ['1', '2'].map((id) => recordsAt(json, 'responses').find((response) => response['id'] === id) ?? {});
    expect([one?.['status'], other?.['status']]).toEqual([201, 201]);
    expect(textOf(recordAt(other ?? {}, 'body'), 'id')).toBe(textOf(recordAt(one ?? {}, 'body'), 'id'));
  });

  it('makes one catalog, one group, one user, for administrators too', async () => {
    for (const [path, body] of [[`${entitlement}/catalogs`, { displayName: 'Keyed' }], ['/groups', { displayName: 'Keyed', mailNickname: 'keyed', mailEnabled: false, securityEnabled: true }]] as const) {
      const key = newId();
      const ids = [await post(graph, path, { body, key }), await post(graph, path, { body, key })].map(({ json }) => textOf(json, 'id'));
      expect(new Set(ids).size).toBe(1);
    }
  });

  it('is described', async () => {
    const document = await (await fetch(`${graph.base}/openapi.json`)).json() as JsonRecord;
    const operation = recordAt(recordAt(recordAt(document, 'paths'), requests), 'post');
    expect(recordsAt(operation, 'parameters')).toContainEqual({ $ref: '#/components/parameters/idempotencyKey' });
  });
});
