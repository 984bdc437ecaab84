/** A server that no mail server was named to: it works as before, and nothing is kept for later. */
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { entitlement } from '../../cli/client/graph.ts';
import { createPerson } from '../../cli/client/organisation.ts';
import { oneUser, requestBody } from '../../cli/client/policies.ts';
import { one } from '../../src/platform/db/transaction.ts';
import { assign, createGroup, membership, offer, takeAway } from '../support/access.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
const { graph } = server;

it('notes nothing of what people would be told', async () => {
  const [ann, boss] = [await createPerson(graph, 'Ann', server.domain), await createPerson(graph, 'Boss', server.domain)];
  for (const { id, name } of [ann, boss]) await graph.must('PATCH', `/users/${id}`, { mail: `${name}@example.com` });
  const group = await createGroup(graph, 'Ledger');
  await takeAway(graph, (await assign(graph, ann.id, await offer(graph, [membership(group.id)]))).id);
  const guarded = await offer(graph, [membership(group.id)], { scope: 'allMemberUsers', requestor: { enableTargetsToSelfAddAccess: true }, stages: [{ primary: [oneUser(boss.id)] }] });
  await (await server.asPerson(ann)).create(`${entitlement}/assignmentRequests`, requestBody('userAdd', { targetId: ann.id, ...guarded }));
  expect(await one(server.database.db, sql`select (select count(*)::integer from mail_steps) as steps, (select count(*)::integer from mails) as mails`)).toEqual({ steps: 0, mails: 0 });
});
