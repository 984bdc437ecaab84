/** The 200 identities: workloads with secrets, and agents of one blueprint. */
import { randomBytes } from 'node:crypto';
import type { GraphCaller } from '../../cli/client/graph.ts';
import { createAgent, createBlueprint, createPerson, createWorkload } from '../../cli/client/organisation.ts';
import { agentToken, applicationToken, type TokenDoor } from '../../cli/client/tokens.ts';
import { inParallel } from './parallel.ts';

/** Somebody who gets access, and how it gets a token. */
export interface Identity {
  readonly id: string;
  readonly kind: 'servicePrincipal' | 'agent';
  readonly token: (door: TokenDoor, scope: string) => Promise<string>;
}

const each = 100;

/** Makes all of them. */
export async function createIdentities(graph: GraphCaller, domain: string): Promise<readonly Identity[]> {
  const run = randomBytes(3).toString('hex');
  const sponsor = await createPerson(graph, `Sponsor ${run}`, domain);
  const blueprint = await createBlueprint(graph, `real-blueprint-${run}`, [sponsor]);
  const numbers = Array.from({ length: each }, (_, index) => index + 1);
  const workloads = await inParallel(numbers, async (number): Promise<Identity> => {
    const { principalId, appId, secret } = await createWorkload(graph, `real-workload-${run}-${number}`);
    return { id: principalId, kind: 'servicePrincipal', token: async (door, scope) => await applicationToken(door, { clientId: appId, clientSecret: secret }, scope) };
  });
  const agents = await inParallel(numbers, async (number): Promise<Identity> => {
    const { id } = await createAgent(graph, blueprint, { displayName: `real-agent-${run}-${number}`, sponsors: [sponsor] });
    return { id, kind: 'agent', token: async (door, scope) => await agentToken(door, { agentId: id, clientId: blueprint.appId, clientSecret: blueprint.secret }, scope) };
  });
  return [...workloads, ...agents];
}
