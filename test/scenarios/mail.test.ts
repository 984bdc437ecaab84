/** A company whose people are told by mail: what they read, what it leads to, and who is told nothing. */
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { entitlement, type Entity } from '../../cli/client/graph.ts';
import { createAgent, createBlueprint, createPerson, type Person } from '../../cli/client/organisation.ts';
import { oneUser, policyBody, requestBody } from '../../cli/client/policies.ts';
import { one } from '../../src/platform/db/transaction.ts';
import { assign, createGroup, membership, offer, passTheEnd, stateOf, takeAway, type Offer } from '../support/access.ts';
import { startTestServer } from '../support/server.ts';
import { MailServer } from '../support/smtp.ts';

let mails = new MailServer();
const port = await mails.start();
const server = await startTestServer({ GATEHOUSE_SMTP_URL: `smtp://127.0.0.1:${port}`, GATEHOUSE_MAIL_FROM: 'Access <access@example.com>' });
const { graph, door } = server;
const requests = `${entitlement}/assignmentRequests`;
const group = await createGroup(graph, 'Ledger');
const self = { enableTargetsToSelfAddAccess: true, enableTargetsToSelfUpdateAccess: true, enableTargetsToSelfRemoveAccess: true };

let count = 0;
/** Somebody with an address: the name in lower case. */
async function reachable(name: string): Promise<Person & { readonly address: string }> {
  const person = await createPerson(graph, `${name} ${++count}`, server.domain);
  const address = `${name.toLowerCase()}${count}@example.com`;
  await graph.must('PATCH', `/users/${person.id}`, { mail: address });
  return { ...person, address };
}

/** Nobody has to wait for the next look. */
const wake = async (): Promise<void> => { await sql`select pg_notify('gatehouse_due', '')`.execute(server.database.db); };
const ask = async (person: Person, { policyId, packageId }: Offer, justification = 'month end'): Promise<Entity> => (
  await (await server.asPerson(person)).create(requests, requestBody('userAdd', { targetId: person.id, policyId, packageId }, { justification })));

async function decide(person: Person, requestId: string, verdict: object): Promise<void> {
  const desk = await server.asPerson(person);
  const stages = `${entitlement}/accessPackageAssignmentApprovals/${requestId}/stages`;
  const [stage] = await desk.list(stages);
  await desk.must('PATCH', `${stages}/${stage?.id ?? ''}`, verdict);
}

async function mailTo({ address }: { readonly address: string }, subject: RegExp) {
  await wake();
  return await mails.mailTo(address, subject);
}

const boss = await reachable('Boss');
const guarded = await offer(graph, [membership(group.id)], { scope: 'allMemberUsers', requestor: self, stages: [{ primary: [oneUser(boss.id)] }], expiration: { type: 'afterDuration', duration: 'P90D' } });

describe('somebody who asks', () => {
  it('is told that it was received, the approver what to decide and by when, and then that access is there', async () => {
    const ann = await reachable('Ann');
    const request = await ask(ann, guarded);
    const asked = await mailTo(boss, /^Please decide: Ann/);
    expect(asked.from).toBe('access@example.com');
    expect(asked.to).toEqual([boss.address]);
    expect(asked.text).toMatch(/^Please approve or deny the request by \d{4}-\d\d-\d\d \d\d:\d\d UTC\. If nobody does, it is denied by itself\.$/m);
    expect(asked.text).toMatch(/^ {2}Why it is asked for: month end$/m);
    expect(asked.text).toContain(`${door.base}/approvals/${request.id}\n`);
    expect(asked.html).toContain(`<a href="${door.base}/approvals/${request.id}">`);
    const received = await mailTo(ann, /^Received: your request/);
    expect(received.text).toContain(`${door.base}/requests/${request.id}\n`);
    await decide(boss, request.id, { reviewResult: 'Approve', justification: 'fine' });
    const delivered = await mailTo(ann, /^You now have/);
    const { id } = await one(server.database.db, sql<{ id: string }>`select id from assignments where target_id = ${ann.id}`);
    expect(delivered.text).toContain(`${door.base}/assignments/${id}\n`);
    // One conversation, in which no person takes part.
    for (const mail of [asked, received, delivered]) expect(mail.headers).toMatchObject({ 'auto-submitted': 'auto-generated', references: asked.headers['references'] });
    expect(new Set([asked, received, delivered].map(({ headers }) => headers['message-id'])).size).toBe(3);
    expect(mails.received.filter(({ to }) => to.length !== 1)).toEqual([]);
  });

  it('is told why it was denied, in the words of whoever denied it and without a trap in them', async () => {
    const ann = await reachable('Ann');
    const request = await ask(ann, guarded);
    await decide(boss, request.id, { reviewResult: 'Deny', justification: 'no <b>budget</b>\r\nBcc: all@example.com\nsee https://evil.example' });
    const denied = await mailTo(ann, /^Denied: /);
    expect(denied.text).toContain('The reason: no <b>budget</b> Bcc: all@example.com see https[:]//evil.example\n');
    expect(denied.html).toContain('no &#60;b&#62;budget&#60;/b&#62;');
    expect([denied.headers['bcc'], denied.to]).toEqual([undefined, [ann.address]]);
  });

  it('is told of the end and of being removed', async () => {
    const ann = await reachable('Ann');
    const timed = await offer(graph, [membership(group.id)], { scope: 'allMemberUsers', requestor: self });
    const first = await assign(graph, ann.id, timed);
    await passTheEnd(server.database, first.id);
    expect((await mailTo(ann, /has ended$/)).text).toContain(`/assignments/${first.id}\n`);
    const second = await assign(graph, ann.id, timed);
    await takeAway(graph, second.id);
    expect((await mailTo(ann, /was removed$/)).text).toContain(`/assignments/${second.id}\n`);
  });
});

describe('an agent', () => {
  it('gets no mail: its sponsor is told of its access, and that the end comes', async () => {
    const sam = await reachable('Sam');
    const bot = await createAgent(graph, await createBlueprint(graph, 'ledger bot', [sam]), { displayName: 'Robo', sponsors: [sam] });
    const timed = await offer(graph, [membership(group.id)], { scope: 'allDirectoryAgentIdentities', expiration: { type: 'afterDuration', duration: 'P90D' }, requestor: { enableOnBehalfRequestorsToUpdateAccess: true } });
    const { id } = await assign(graph, bot.id, timed);
    await mailTo(sam, /^Robo now has/);
    await sql`update assignments set starts_at = now() - interval '80 days', ends_at = now() + interval '13 days' where id = ${id}`.execute(server.database.owner);
    const nears = await mailTo(sam, /^The access of Robo .* ends soon$/);
    expect(nears.text).toContain('If it is still needed, ask for more time before then.');
    expect(nears.text).toContain(`/assignments/${id}\n`);
  });
});

describe('a policy that mutes its assignments', () => {
  it('has only those told who decide', async () => {
    const [ann, bob] = [await reachable('Ann'), await reachable('Bob')];
    const quiet = await offer(graph, [membership(group.id)], { scope: 'allMemberUsers', requestor: self });
    await graph.must('PUT', `${entitlement}/assignmentPolicies/${quiet.policyId}`, {
      ...policyBody(quiet.packageId, { scope: 'allMemberUsers', requestor: self, stages: [{ primary: [oneUser(boss.id)] }] }), notificationSettings: { isAssignmentNotificationDisabled: true },
    });
    const request = await ask(ann, quiet);
    await mailTo(boss, new RegExp(`^Please decide: ${ann.name}`));
    await decide(boss, request.id, { reviewResult: 'Approve' });
    expect(await stateOf(graph, request.id)).toBe('delivered');
    // What comes later is told later: when this has come, nothing of the other will.
    await ask(bob, await offer(graph, [membership(group.id)], { scope: 'allMemberUsers', requestor: self }));
    await mailTo(bob, /^You now have/);
    expect(mails.received.filter(({ to }) => to.includes(ann.address))).toEqual([]);
  });
});

describe('a mail server that is down', () => {
  it('gets the mail when it is back, once', async () => {
    const ann = await reachable('Ann');
    const free = await offer(graph, [membership(group.id)], { scope: 'allMemberUsers', requestor: self });
    await mails.stop();
    await ask(ann, free);
    const { db } = server.database;
    const failed = async (): Promise<boolean> => (await one(db, sql<{ n: number }>`select count(*)::integer as n from mails where recipient_id = ${ann.id} and last_error is not null`)).n > 0;
    do await wake(); while (!await failed());
    mails = new MailServer();
    await mails.start(port);
    await sql`update mails set due_at = now() where recipient_id = ${ann.id} and state = 'queued'`.execute(db);
    await mailTo(ann, /^You now have/);
    expect(mails.received.filter(({ to }) => to.includes(ann.address))).toHaveLength(1);
  });
});

describe('the address in a mail', () => {
  it('says what to do there, to everybody and of nothing in particular', async () => {
    const ann = await reachable('Ann');
    const request = await ask(ann, guarded, 'secret plan');
    const pages = await Promise.all([request.id, '00000000-0000-4000-8000-000000000000'].map(async (id) => {
      const answer = await fetch(`${door.base}/approvals/${id}`);
      return { status: answer.status, policy: answer.headers.get('content-security-policy'), cookie: answer.headers.get('set-cookie'), text: (await answer.text()).replaceAll(id, '{id}') };
    }));
    expect(pages[0]).toEqual(pages[1]);
    expect(pages[0]).toMatchObject({ status: 200, cookie: null, policy: expect.stringContaining("form-action 'none'") as string });
    expect(pages[0]?.text).toContain('/accessPackageAssignmentApprovals/{id}/stages');
    expect(await stateOf(graph, request.id)).toBe('pendingApproval');
    const status = async (path: string): Promise<number> => (await fetch(`${door.base}${path}`)).status;
    expect([await status(`/requests/${request.id}`), await status(`/assignments/${request.id}`), await status('/approvals/x'), await status('/approvals/%3Cscript%3E'), await status('/approvals')]).toEqual([200, 200, 404, 404, 404]);
    const decided = await fetch(`${door.base}/approvals/${request.id}`, { method: 'POST' });
    expect([decided.status, await stateOf(graph, request.id)]).toEqual([404, 'pendingApproval']);
  });
});
