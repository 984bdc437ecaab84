/** What is measured: each scene is one operation as a client does it. */
import { entitlement } from '../cli/client/graph.ts';
import { recordsAt, textAt } from '../src/kernel/json.ts';
import type { CpuTimes } from './cpu.ts';
import type { Client } from './http.ts';
import { measure } from './measure.ts';
import type { Agent, Offer, Organisation } from './organisation.ts';
import type { Facts } from './world.ts';

/** A server with everybody signed in. */
export interface Stage {
  readonly client: Client;
  readonly cpu: () => CpuTimes | undefined;
  readonly facts: Facts;
  readonly organisation: Organisation;
  readonly agents: readonly Agent[];
  readonly sponsorToken: string;
  readonly adminToken: string;
}

const graph = `/v1.0${entitlement}`;

/** Agent and package of the `index`th lifecycle: every pair once. */
function pairOf({ agents, organisation }: Stage, index: number): { readonly agent: Agent; readonly offer: Offer } {
  const agent = agents[index % agents.length];
  const offer = organisation.offers[Math.floor(index / agents.length)];
  if (agent === undefined || offer === undefined) throw new Error('not enough agents and packages for so many lifecycles');
  return { agent, offer };
}

/** A request that waits for the sponsor. */
export interface Waiting {
  readonly requestId: string;
  readonly stageId: string;
  readonly agent: Agent;
}

/** The agent asks; answers the request's id. */
export async function ask(stage: Stage, index: number): Promise<{ readonly requestId: string; readonly agent: Agent }> {
  const { agent, offer } = pairOf(stage, index);
  const made = await stage.client.must({
    method: 'POST', path: `${graph}/assignmentRequests`, token: agent.token,
    body: { requestType: 'userAdd', assignment: { targetId: agent.id, assignmentPolicyId: offer.policyId, accessPackageId: offer.packageId } },
  });
  return { requestId: String(made['id']), agent };
}

/** The sponsor opens the inbox: every approval that waits, with its open stage, a hundred a page. */
export async function readInbox(stage: Stage): Promise<ReadonlyMap<string, string>> {
  const stages = new Map<string, string>();
  let path = `${graph}/accessPackageAssignmentApprovals/filterByCurrentUser(on='approver')?$expand=stages($select=id)&$top=100`;
  while (path !== '') {
    const page = await stage.client.must({ method: 'GET', path, token: stage.sponsorToken });
    for (const approval of recordsAt(page, 'value')) stages.set(textAt(approval, 'id') ?? '', textAt(recordsAt(approval, 'stages')[0] ?? {}, 'id') ?? '');
    path = (textAt(page, '@odata.nextLink') ?? '').replace(stage.facts.url, '');
  }
  return stages;
}

/** Asks for the lifecycles from `first` on, and reads the inbox once. */
export async function askMany(stage: Stage, span: { readonly first: number; readonly count: number; readonly workers: number }): Promise<readonly Waiting[]> {
  const asked: { readonly requestId: string; readonly agent: Agent }[] = [];
  await measure({ count: span.count, workers: span.workers }, async (index) => { asked.push(await ask(stage, span.first + index)); });
  const inbox = await readInbox(stage);
  return asked.map(({ requestId, agent }) => {
    const stageId = inbox.get(requestId);
    if (stageId === undefined) throw new Error('a request is not in the sponsor\'s inbox');
    return { requestId, stageId, agent };
  });
}

/** The sponsor approves; grant and audit are written when this answers. */
export async function approve(stage: Stage, { requestId, stageId }: Waiting): Promise<void> {
  await stage.client.must({ method: 'PATCH', path: `${graph}/accessPackageAssignmentApprovals/${requestId}/stages/${stageId}`, token: stage.sponsorToken, body: { reviewResult: 'Approve', justification: 'bench' } });
}

/** The agent's own token for the API; answers its roles. */
export async function agentRoles(stage: Stage, agent: Agent): Promise<readonly string[]> {
  const answer = await stage.client.must({
    method: 'POST', path: `/${stage.facts.tenantId}/oauth2/v2.0/token`,
    form: { grant_type: 'client_credentials', client_id: agent.id, scope: stage.organisation.api.scope, client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion: agent.assertion },
  });
  const claims: unknown = JSON.parse(Buffer.from(String(answer['access_token']).split('.')[1] ?? '', 'base64url').toString('utf8'));
  const roles: unknown = typeof claims === 'object' && claims !== null ? Reflect.get(claims, 'roles') : undefined;
  return Array.isArray(roles) ? roles.map(String) : [];
}

/** A page of 100 delivered assignments of one package with their targets. */
export async function listPage(stage: Stage, packageId: string, skipToken: string): Promise<void> {
  const filter = encodeURIComponent(`accessPackage/id eq '${packageId}' and state eq 'delivered'`);
  const page = await stage.client.must({ method: 'GET', path: `${graph}/assignments?$filter=${filter}&$expand=target&$top=100${skipToken}`, token: stage.adminToken });
  if (!Array.isArray(page['value']) || page['value'].length !== 100) throw new Error('the page is not full');
}
