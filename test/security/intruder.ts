/** Callers that hold one right and try for more. */
import { createWorkload, ownApi, type Workload } from '../../cli/client/organisation.ts';
import { ownPermissions } from '../../src/features/roles/model.ts';
import type { MicrosoftGraph } from '../support/microsoft-graph.ts';
import type { TestServer } from '../support/server.ts';

/** An application with some application permissions of our own API. */
export interface Intruder {
  readonly workload: Workload;
  readonly graph: MicrosoftGraph;
}

/** Gives a workload application permissions of our own API, by hand. */
export async function empower({ graph }: TestServer, workload: Workload, permissions: readonly string[]): Promise<void> {
  const resourceId = await ownApi(graph);
  for (const name of permissions) {
    const appRoleId = ownPermissions.find(([value]) => value === name)?.[1];
    await graph.create(`/servicePrincipals/${workload.principalId}/appRoleAssignments`, { principalId: workload.principalId, resourceId, appRoleId });
  }
}

/** An application that holds exactly these permissions. */
export async function intruder(server: TestServer, ...permissions: readonly string[]): Promise<Intruder> {
  const workload = await createWorkload(server.graph, `intruder with ${permissions.join(' ')}`);
  await empower(server, workload, permissions);
  return { workload, graph: await server.asWorkload(workload) };
}
