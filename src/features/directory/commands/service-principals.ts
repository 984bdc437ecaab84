/** Creating and changing service principals and blueprint principals. Agent identities are created in agents.ts, and change here. */
import { refuse } from '../../../kernel/problem.ts';
import type { Command, GraphWork, Input, Json, Outcome } from '../../../platform/graph/model.ts';
import { newId } from '../../../platform/ids.ts';
import { recordsOf, requiredText } from '../model/given.ts';
import { blankContent, contentAfter } from '../rules/workload-content.ts';
import { becomesOwner, canChangeWorkload, canCreateWorkload } from '../rules/workload-rights.ts';
import { findApplication, insertWorkload, updateWorkload, type ApplicationFacts } from '../store/workloads.ts';
import { createAgentIdentity } from './agents.ts';
import { refuseOwnApiChange } from './application-parts.ts';
import { aspectsOf, visibleValues } from './applications.ts';
import { setKeys } from './keys.ts';
import { linkCreated } from './links.ts';
import { writing } from './settle.ts';
import type { ShuttingOut } from './users.ts';
import { auditWorkload, changeableWorkload, refuseTakeover } from './workload-access.ts';

const principalTypes = ['servicePrincipal', 'agentIdentityBlueprintPrincipal'] as const;
type PlainPrincipalType = (typeof principalTypes)[number];

const noCreateRight = 'Creating service principals needs a permission for that; with Application.ReadWrite.OwnedBy, for applications that the caller owns.';

/** Creates the service principal of an application, or an agent identity when the path or the body says so. */
export const createServicePrincipal: Command = async (work, input) =>
  await (input.cast === 'agentIdentity' ? createAgentIdentity(work, input) : create(work, input, input.cast === 'agentIdentityBlueprintPrincipal'));

/** Creates the principal of a blueprint. */
export const createBlueprintPrincipal: Command = async (work, input) => await create(work, input, true);

async function create(work: GraphWork, input: Input, mustBeBlueprint: boolean): Promise<Outcome> {
  const body: Json = input.alternate?.name === 'appId' ? { ...input.body, appId: input.alternate.value } : input.body;
  const appId = requiredText(body, 'appId').toLowerCase();
  if (appId === '') refuse('missingProperty', { field: 'appId', mend: 'Send the appId of an application.' });
  if (!principalTypes.some((type) => canCreateWorkload(work.caller, type))) refuse('forbidden', { reason: noCreateRight });
  const application = await applicationFor(work, appId, mustBeBlueprint);
  const type: PlainPrincipalType = application.type === 'agentIdentityBlueprint' ? 'agentIdentityBlueprintPrincipal' : 'servicePrincipal';
  requireCreateRight(work, type, application);
  await requireCredentialRight(work, application, body);
  if (application.principalType !== null) refuse('alreadyExists', { field: 'appId' });
  const content = contentAfter({ ...blankContent, displayName: application.displayName, data: { appRoleAssignmentRequired: false } }, body);
  const id = newId();
  const data = { ...content.data, createdById: work.caller.principalId, createdByAppId: work.caller.clientAppId };
  await writing(insertWorkload(work.tx, { ...content, data, id, type, appId, blueprintAppId: null, createdAt: work.now }), { directory_principal_app_id_once: 'appId' });
  const linked = await linkCreated(work, { id, type, isOwned: becomesOwner(work.caller, type) }, body);
  await setKeys(work, id, body);
  await auditWorkload(work, {
    activity: 'Add service principal', operation: 'Add', workload: { id, type, displayName: content.displayName }, after: { appId, ...visibleValues(content, body), ...linked },
  });
  return { answer: 'created', id };
}

async function applicationFor(work: GraphWork, appId: string, mustBeBlueprint: boolean): Promise<ApplicationFacts> {
  const application = await findApplication(work.tx, appId, work.caller.principalId);
  if (application === undefined) return refuse('danglingReference', { field: 'appId', value: appId });
  if (mustBeBlueprint && application.type !== 'agentIdentityBlueprint') {
    return refuse('ruleBroken', { field: 'appId', reason: `${appId} is an application and no agent identity blueprint. Create a plain servicePrincipal for it, or name a blueprint.` });
  }
  return application;
}

/** A caller that reaches only what it owns may create the principal of its own application; it is not told of others. */
function requireCreateRight({ caller }: GraphWork, type: PlainPrincipalType, { appId, isOwnedByCaller }: ApplicationFacts): void {
  if (!canCreateWorkload(caller, type)) refuse('forbidden', { reason: noCreateRight });
  const reachesAll = caller.isDelegated || caller.permissions.has('Application.ReadWrite.All') || type !== 'servicePrincipal';
  if (!reachesAll && !isOwnedByCaller) refuse('danglingReference', { field: 'appId', value: appId });
}

/** Keys of a principal let their holder act as its application, and as the agents of a blueprint: they take the right to its credentials. */
async function requireCredentialRight(work: GraphWork, application: ApplicationFacts, body: Json): Promise<void> {
  if ((recordsOf(body, 'keyCredentials') ?? []).length === 0) return;
  if (!canChangeWorkload(work.caller, 'credentials', { ...application, blueprintAppId: null, isSponsoredByCaller: false })) {
    refuse('forbidden', { field: 'keyCredentials', reason: 'Giving a service principal keys takes the right to the credentials of its application. Leave keyCredentials out.' });
  }
  await refuseTakeover(work, application);
}

/** Changes a service principal of any kind; with `Prefer: create-if-missing` creates one that its appId does not find. What one that is disabled waits for is cancelled. */
export const updateServicePrincipal = (hooks: Pick<ShuttingOut, 'shutOut'>): Command => async (work, input) => {
  if (input.id === '') {
    if (input.alternate?.name === 'appId' && input.prefer.has('create-if-missing')) return await createServicePrincipal(work, input);
    return refuse('notFound', { value: input.alternate?.value ?? '' });
  }
  const { body } = input;
  const principal = await changeableWorkload(work, input.id, ...aspectsOf(body));
  refuseOwnApiChange(principal.appId, body);
  if (principal.type === 'agentIdentity' && 'keyCredentials' in body) refuse('ruleBroken', { field: 'keyCredentials', reason: 'An agent identity has no credentials of its own: add them to its blueprint.' });
  const content = contentAfter(principal, body);
  await writing(updateWorkload(work.tx, { id: input.id, ...content }), { directory_unique_name_once: 'uniqueName' });
  const keys = await setKeys(work, input.id, body);
  await auditWorkload(work, {
    activity: principal.type === 'agentIdentity' ? 'Update agent identity' : 'Update service principal', operation: 'Update', workload: principal,
    before: { ...visibleValues(principal, body), ...keys.before }, after: { ...visibleValues(content, body), ...keys.after },
  });
  if (principal.accountEnabled && !content.accountEnabled) await hooks.shutOut(work, [input.id]);
  return { answer: 'done' };
};
