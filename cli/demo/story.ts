/** The main job, from the first refusal to the end of access. Each step is seen to happen, or the demo fails with a sentence. */
import { recordAt, recordsAt, textAt, type JsonRecord } from '../../src/kernel/json.ts';
import { entitlement, filter, GraphCaller, textOf, type Entity } from '../client/graph.ts';
import { redirectUri, type Person } from '../client/organisation.ts';
import { requestBody } from '../client/policies.ts';
import { describeAnswer, send, type Answer } from '../client/http.ts';
import { personToken } from '../client/sign-in.ts';
import { agentToken, endOfToken, ownApiScope, rolesIn, type TokenDoor } from '../client/tokens.ts';
import { accessLasts, type Organisation } from './organisation.ts';
import { neededRole } from './orders.ts';
import { observe, wrap, type Teller } from './teller.ts';

/** What the story is told with. */
export interface Stage {
  readonly door: TokenDoor;
  readonly graph: GraphCaller;
  readonly organisation: Organisation;
  readonly ordersUrl: string;
  readonly tell: Teller;
}

const approvals = `${entitlement}/accessPackageAssignmentApprovals`;
const time = (milliseconds: number): string => `${new Date(milliseconds).toISOString().slice(11, 19)} UTC`;
const sleep = async (milliseconds: number): Promise<void> => await new Promise((resolve) => { setTimeout(resolve, Math.max(0, milliseconds)); });

/** Plays all of it. */
export async function playStory(stage: Stage): Promise<void> {
  const began = new Date();
  await refused(stage);
  const request = await asks(stage);
  const sam = await findsIt(stage, request);
  await othersTry(stage, request, sam);
  await approves(stage, request, sam);
  const { token, end } = await works(stage);
  await ends(stage, token, end);
  await printTrail(stage, began);
}

async function refused({ tell, ...stage }: Stage): Promise<void> {
  tell.step('support-bot-1 reads orders, and may not');
  const token = await botToken(stage, stage.organisation.bot);
  tellToken(tell, token);
  const answer = await readOrders(stage, token);
  tell.no('Orders API', describeAnswer(answer));
  observe(rolesIn(token).length === 0, 'An agent that was given nothing has roles in its token.');
  observe(answer.status === 403, `The Orders API should have refused with 403, and answered ${answer.status}.`);
}

async function asks({ tell, ...stage }: Stage): Promise<Entity> {
  const { bot, packageId, policyId } = stage.organisation;
  tell.step('It asks for the access package "Read orders" itself, with its own token');
  const token = await botToken(stage, bot, ownApiScope);
  tellToken(tell, token);
  const graph = new GraphCaller(stage.door.base, async () => token);
  const request = await graph.create(`${entitlement}/assignmentRequests`, requestBody('userAdd', { targetId: bot.id, policyId, packageId }, { justification: 'Ticket 4711: where is the lamp?' }));
  tell.line('support-bot-1', `asks: ${textAt(request, 'justification') ?? ''}`);
  const state = textAt(await stage.graph.read(`${entitlement}/assignmentRequests/${request.id}`), 'state') ?? 'unknown';
  tell.line('Gatehouse', `request is ${state}: a sponsor must approve; access will last ${accessLasts.seconds} s`);
  observe(state === 'pendingApproval', `The request should wait for approval and is ${state}.`);
  return request;
}

async function findsIt({ tell, ...stage }: Stage, request: Entity): Promise<{ graph: GraphCaller; stageId: string }> {
  const { sam } = stage.organisation;
  tell.step('Sam, its sponsor, signs in with his password and finds it waiting');
  const graph = await signIn(stage, sam);
  const waiting = await graph.list(`${approvals}/filterByCurrentUser(on='approver')?$expand=stages`);
  const found = waiting.find(({ id }) => id === request.id);
  observe(found !== undefined, "The request is not in the list of what waits for Sam's decision.");
  const [open] = await graph.list(`${approvals}/${request.id}/stages`);
  observe(open !== undefined && textAt(open, 'status') === 'InProgress', 'The approval has no stage that is in progress.');
  tell.line('Gatehouse', `${waiting.length === 1 ? 'one approval waits' : `${waiting.length} approvals wait`} for Sam`);
  return { graph, stageId: open.id };
}

async function othersTry({ tell, ...stage }: Stage, request: Entity, { stageId }: { stageId: string }): Promise<void> {
  const { bot, max } = stage.organisation;
  tell.step('Others try to approve in his place');
  const decision = { body: { reviewResult: 'Approve', justification: 'I say so' } };
  const path = `${approvals}/${request.id}/stages/${stageId}`;
  const token = await botToken(stage, bot, ownApiScope);
  const byAgent = await new GraphCaller(stage.door.base, async () => token).call('PATCH', path, decision);
  tell.no('support-bot-1', wrap(describeAnswer(byAgent), 62));
  const byStranger = await (await signIn(stage, max)).call('PATCH', path, decision);
  tell.no('Max, colleague', wrap(describeAnswer(byStranger).replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '…'), 62));
  observe(byAgent.status === 403, `An agent that approves for itself should get 403, and got ${byAgent.status}.`);
  observe([403, 404].includes(byStranger.status), `A stranger who approves should get 403 or 404, and got ${byStranger.status}.`);
  const state = textAt(await stage.graph.read(`${entitlement}/assignmentRequests/${request.id}`), 'state');
  observe(state === 'pendingApproval', `After the refusals the request should still wait, and is ${state ?? 'unknown'}.`);
}

async function approves({ tell, ...stage }: Stage, request: Entity, { graph, stageId }: { graph: GraphCaller; stageId: string }): Promise<void> {
  tell.step('Sam approves');
  const answer = await graph.call('PATCH', `${approvals}/${request.id}/stages/${stageId}`, { body: { reviewResult: 'Approve', justification: 'The customer is waiting' } });
  observe(answer.status === 204, `Sam's approval should be answered 204, and was ${describeAnswer(answer)}.`);
  const state = await until(async () => textAt(await stage.graph.read(`${entitlement}/assignmentRequests/${request.id}`), 'state'), 'delivered');
  tell.yes('Gatehouse', `request is ${state}`);
  observe(state === 'delivered', `The approved request should be delivered, and is ${state}.`);
}

async function works({ tell, ...stage }: Stage): Promise<{ token: string; end: number }> {
  const { bot, otherBot } = stage.organisation;
  tell.step('The next token carries the role, and ends with the access');
  const assignment = await assignmentOf(stage);
  const end = Date.parse(textAt(recordAt(recordAt(assignment, 'schedule'), 'expiration'), 'endDateTime') ?? '');
  observe(Number.isFinite(end), 'The assignment does not say when it ends.');
  tell.line('Gatehouse', `access ends at ${time(end)}`);
  const token = await botToken(stage, bot);
  tellToken(tell, token);
  const answer = await readOrders(stage, token);
  tell.yes('Orders API', `${answer.status}: ${recordsAt(answer.json, 'orders').map((order) => `${textOf(order, 'item')} ${textOf(order, 'status')}`).join(', ')}`);
  const others = rolesIn(await botToken(stage, otherBot));
  tell.line('support-bot-2', `roles: ${others.join(', ') || 'none, as before'}`);
  observe(rolesIn(token).join() === neededRole, `The token should carry exactly ${neededRole}, and carries [${rolesIn(token).join(', ')}].`);
  observe(endOfToken(token) <= end, 'The token outlives the access that it tells of.');
  observe(answer.status === 200, `The Orders API should answer 200, and answered ${answer.status}.`);
  observe(others.length === 0, 'The other agent of the same blueprint got roles too.');
  return { token, end };
}

async function ends({ tell, ...stage }: Stage, token: string, end: number): Promise<void> {
  tell.step(`${accessLasts.seconds} seconds are over`);
  await sleep(end - Date.now());
  const answer = await readOrders(stage, token);
  tell.no('Orders API', `${describeAnswer(answer)} (the token from before)`);
  const fresh = await botToken(stage, stage.organisation.bot);
  tellToken(tell, fresh);
  const again = await readOrders(stage, fresh);
  tell.no('Orders API', `${describeAnswer(again)} (a new token)`);
  const held = await stage.graph.list(`/servicePrincipals/${stage.organisation.bot.id}/appRoleAssignments`);
  const state = await until(async () => textAt(await assignmentOf(stage), 'state'), 'expired');
  tell.line('Gatehouse', `assignment is ${state}; roles held: ${held.length === 0 ? 'none' : held.length}`);
  observe(answer.status === 401, `After the end the old token should be refused with 401, and was answered ${answer.status}.`);
  observe(rolesIn(fresh).length === 0 && again.status === 403, 'A new token after the end still opens the Orders API.');
  observe(held.length === 0, 'The appRoleAssignment is still listed after the end.');
  observe(state === 'expired', `The assignment should read expired, and reads ${state}.`);
}

async function printTrail({ tell, graph, organisation }: Stage, began: Date): Promise<void> {
  tell.step('What the audit trail says of it');
  const events = await graph.list(`/auditLogs/directoryAudits?${filter(`activityDateTime ge ${began.toISOString()}`)}&$orderby=activityDateTime`);
  const shown = events.filter((event) => JSON.stringify(event).includes(organisation.bot.id) || textAt(event, 'category') === 'EntitlementManagement');
  for (const event of shown) {
    const why = textAt(event, 'resultReason');
    tell.line(whoDid(event), `${(textAt(event, 'activityDateTime') ?? '').slice(11, 19)}  ${textAt(event, 'activityDisplayName') ?? ''}${why === undefined ? '' : `: "${why}"`}`);
    const [deliveredBy, approvedBy] = [detailOf(event, 'deliveredBy'), detailOf(event, 'approvedBy')];
    if (deliveredBy !== undefined) tell.line('', `          delivered by ${deliveredBy}${approvedBy === undefined ? '' : `, approved by ${approvedBy.replaceAll(/ \([0-9a-f-]{36}\)/g, '')}`}`);
  }
  const wanted = [['Request', 'support-bot-1'], ['Approve', 'Sam'], ['Expire', 'Gatehouse']] as const;
  for (const [operation, who] of wanted) {
    observe(shown.some((event) => textAt(event, 'operationType') === operation && whoDid(event) === who), `The audit trail has no event '${operation}' by ${who}.`);
  }
  observe(shown.some((event) => detailOf(event, 'deliveredBy') === 'Gatehouse' && detailOf(event, 'approvedBy')?.startsWith('Sam') === true), 'The audit trail does not tell who delivered and who approved.');
}

const detailOf = (event: JsonRecord, key: string): string | undefined => {
  const detail = recordsAt(event, 'additionalDetails').find((one) => textAt(one, 'key') === key);
  return detail === undefined ? undefined : textAt(detail, 'value');
};

const whoDid = (event: JsonRecord): string => textAt(recordAt(recordAt(event, 'initiatedBy'), 'user'), 'displayName') ?? textAt(recordAt(recordAt(event, 'initiatedBy'), 'app'), 'displayName') ?? 'unknown';

async function botToken({ door, organisation }: Omit<Stage, 'tell'>, bot: Entity, scope = organisation.api.scope): Promise<string> {
  return await agentToken(door, { agentId: bot.id, clientId: organisation.blueprint.appId, clientSecret: organisation.blueprint.secret }, scope);
}

async function signIn({ door, organisation }: Omit<Stage, 'tell'>, { username, password }: Person): Promise<GraphCaller> {
  const token = await personToken(door, { clientId: organisation.peopleClientId, redirectUri, username, password, scope: `${ownApiScope} openid` });
  return new GraphCaller(door.base, async () => token);
}

const readOrders = async ({ ordersUrl }: Omit<Stage, 'tell'>, token: string): Promise<Answer> => await send('GET', ordersUrl, { token });

async function assignmentOf({ graph, organisation }: Omit<Stage, 'tell'>): Promise<Entity> {
  const [assignment] = await graph.list(`${entitlement}/assignments?${filter(`accessPackage/id eq '${organisation.packageId}' and target/objectId eq '${organisation.bot.id}'`)}`);
  observe(assignment !== undefined, 'There is no assignment of the package to support-bot-1.');
  return assignment;
}

function tellToken(tell: Teller, token: string): void {
  const seconds = Math.round((endOfToken(token) - Date.now()) / 1000);
  tell.line('its token', `roles: ${rolesIn(token).join(', ') || 'none'}; expires ${time(endOfToken(token))}, in ${seconds} s`);
}

/** What `read` answers once it is `wanted`, or after three seconds. */
async function until(read: () => Promise<string | undefined>, wanted: string): Promise<string> {
  const limit = Date.now() + 3000;
  let last = await read();
  while (last !== wanted && Date.now() < limit) {
    await sleep(100);
    last = await read();
  }
  return last ?? 'unknown';
}
