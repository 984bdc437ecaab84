/** Terraform's azuread provider, call by call, against a server: what it sends has to be taken, and what it reads has to be there. */
import { describe, it } from 'vitest';
import { createPerson, createWorkload } from '../../cli/client/organisation.ts';
import { filter, textOf } from '../../cli/client/graph.ts';
import { recordsAt, textAt } from '../../src/kernel/json.ts';
import { newId } from '../../src/platform/ids.ts';
import { startTestServer } from '../support/server.ts';
import { readSequences, Replay } from './terraform/replay.ts';

/** What the provider's documentation tells people to grant. */
const permissions = ['EntitlementManagement.ReadWrite.All', 'Application.ReadWrite.All', 'AppRoleAssignment.ReadWrite.All', 'DelegatedPermissionGrant.ReadWrite.All', 'Directory.ReadWrite.All', 'Group.ReadWrite.All'];

const server = await startTestServer();
const { graph } = server;
const terraform = await createWorkload(graph, 'terraform');
const [ownApi] = await graph.list(`/servicePrincipals?${filter("appId eq '00000003-0000-0000-c000-000000000000'")}`);
for (const name of permissions) {
  const role = recordsAt(ownApi ?? {}, 'appRoles').find((one) => textAt(one, 'value') === name);
  await graph.create(`/servicePrincipals/${terraform.principalId}/appRoleAssignments`, { principalId: terraform.principalId, resourceId: ownApi?.id, appRoleId: textOf(role ?? {}, 'id') });
}
const [person, colleague] = [await createPerson(graph, 'Pat', server.domain), await createPerson(graph, 'Cole', server.domain)];
const replay = new Replay(
  { graph: server.door.base, tenant: server.door.tenantId, me: terraform.principalId, person: person.id, colleague: colleague.id, run: `tf-${newId().slice(-8)}` },
  async () => await server.tokenOf(terraform),
);

describe.each(readSequences())('$resource', ({ steps }) => {
  it.each(steps.map((step, index) => ({ name: `${index + 1} ${textOf(step, 'does')}`, step })))('$name', async ({ step }) => { await replay.play(step); });
});
