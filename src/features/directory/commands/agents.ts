/** Creating agent identities and their users (contract §3). */
import { refuse } from '../../../kernel/problem.ts';
import type { Command } from '../../../platform/graph/model.ts';
import { newId } from '../../../platform/ids.ts';
import { recordAudit } from '../../audit/store.ts';
import { flagOf, requiredText, textOf } from '../model/given.ts';
import { blankContent, contentAfter } from '../rules/workload-content.ts';
import { becomesOwner, canChangeAgentUser, canCreateWorkload } from '../rules/workload-rights.ts';
import { findAgentIdentity, insertAgentUser } from '../store/agents.ts';
import { findApplication, insertWorkload } from '../store/workloads.ts';
import { visibleValues } from './applications.ts';
import { linkCreated } from './links.ts';
import { writing } from './settle.ts';
import { auditWorkload } from './workload-access.ts';

/** Creates an agent identity of a blueprint that has a principal. Its appId is its id; it has no credentials of its own. */
export const createAgentIdentity: Command = async (work, input) => {
  const { body } = input;
  const blueprintAppId = requiredText(body, 'agentIdentityBlueprintId').toLowerCase();
  if (blueprintAppId === '') refuse('missingProperty', { field: 'agentIdentityBlueprintId', mend: 'Send the appId of the blueprint.' });
  if (!canCreateWorkload(work.caller, 'agentIdentity', blueprintAppId)) {
    refuse('forbidden', { reason: 'Creating agent identities needs AgentIdentity.Create.All; a blueprint with AgentIdentity.CreateAsManager creates its own only.' });
  }
  const blueprint = await findApplication(work.tx, blueprintAppId, work.caller.principalId);
  if (blueprint === undefined) return refuse('danglingReference', { field: 'agentIdentityBlueprintId', value: blueprintAppId });
  if (blueprint.type !== 'agentIdentityBlueprint') refuse('ruleBroken', { field: 'agentIdentityBlueprintId', reason: `${blueprintAppId} is an application and no blueprint. Name the appId of an agentIdentityBlueprint.` });
  if (blueprint.principalType === null) refuse('ruleBroken', { field: 'agentIdentityBlueprintId', reason: 'The blueprint has no principal in this tenant. POST {appId} to /servicePrincipals/microsoft.graph.agentIdentityBlueprintPrincipal first.' });
  const content = contentAfter(blankContent, body);
  if ((content.displayName ?? '').trim() === '') refuse('missingProperty', { field: 'displayName', mend: 'Send a name for the agent.' });
  const [id, type] = [newId(), 'agentIdentity'] as const;
  const data = { ...content.data, createdById: work.caller.principalId, createdByAppId: work.caller.clientAppId };
  await insertWorkload(work.tx, { ...content, data, id, type, appId: id, blueprintAppId, createdAt: work.now });
  const linked = await linkCreated(work, { id, type, isOwned: becomesOwner(work.caller, type) }, body);
  await auditWorkload(work, {
    activity: 'Add agent identity', operation: 'Add', workload: { id, type, displayName: content.displayName },
    after: { agentIdentityBlueprintId: blueprintAppId, ...visibleValues(content, body), ...linked },
  });
  return { answer: 'created', id };
};

/** Creates the user of an agent identity: at most one, and never with a password. */
export const createAgentUser: Command = async (work, input) => {
  const { body } = input;
  if ('passwordProfile' in body && body['passwordProfile'] !== null) refuse('ruleBroken', { field: 'passwordProfile', reason: 'An agent user has no password: it signs in through its agent identity. Leave passwordProfile out.' });
  const parentId = requiredText(body, 'identityParentId').toLowerCase();
  if (parentId === '') refuse('missingProperty', { field: 'identityParentId', mend: 'Send the id of an agent identity.' });
  const agent = await findAgentIdentity(work.tx, parentId);
  if (!canChangeAgentUser(work.caller, agent?.blueprintAppId)) refuse('forbidden', { reason: 'Creating agent users needs AgentIdUser.ReadWrite.All; a blueprint with AgentIdUser.ReadWrite.IdentityParentedBy creates those of its own agents.' });
  if (agent === undefined) return refuse('danglingReference', { field: 'identityParentId', value: parentId });
  const userPrincipalName = requiredText(body, 'userPrincipalName');
  if (!/^[^\s@]+@[^\s@]+$/.test(userPrincipalName)) refuse('invalidValue', { field: 'userPrincipalName', reason: 'a name such as agent@example.com is expected' });
  const id = newId();
  const { passwordProfile: _password, userPrincipalName: _name, identityParentId: _parent, ...rest } = body;
  const content = contentAfter(blankContent, rest);
  const displayName = textOf(body, 'displayName') ?? null;
  await writing(
    insertAgentUser(work.tx, { id, displayName, userPrincipalName, accountEnabled: flagOf(body, 'accountEnabled') ?? true, identityParentId: parentId, data: { ...content.data, createdById: work.caller.principalId }, createdAt: work.now }),
    { directory_upn_once: 'userPrincipalName', directory_agent_user_once: 'identityParentId' },
  );
  await recordAudit(work.tx, work, {
    activity: 'Add agent user', category: 'UserManagement', operation: 'Add',
    targets: [{ id, type: 'User', displayName, after: { userPrincipalName, identityParentId: parentId, displayName } }],
  });
  return { answer: 'created', id };
};
