/** Creating and changing applications and blueprints. */
import { refuse } from '../../../kernel/problem.ts';
import type { Command, GraphWork, Input, Json, Outcome } from '../../../platform/graph/model.ts';
import { newId } from '../../../platform/ids.ts';
import type { ApplicationType } from '../model/workload.ts';
import { applicationReasons, blankContent, contentAfter, type WorkloadContent } from '../rules/workload-content.ts';
import { becomesOwner, canCreateWorkload, type Aspect } from '../rules/workload-rights.ts';
import { insertWorkload, updateWorkload } from '../store/workloads.ts';
import { claimIdentifierUris, refuseBlockedRequirements, refuseOwnApiChange, setPermissions } from './application-parts.ts';
import { setKeys } from './keys.ts';
import { linkCreated } from './links.ts';
import { refuseIfAny, writing } from './settle.ts';
import { auditWorkload, changeableWorkload } from './workload-access.ts';

const takenFields = { directory_unique_name_once: 'uniqueName', directory_application_app_id_once: 'appId' } as const;
const defaults = { signInAudience: 'AzureADMyOrg', isFallbackPublicClient: false } as const;

/** Creates an application, or a blueprint when the path or the body says so. */
export const createApplication: Command = async (work, input) => await create(work, input, input.cast === 'agentIdentityBlueprint' ? 'agentIdentityBlueprint' : 'application');

/** Creates a blueprint. */
export const createBlueprint: Command = async (work, input) => await create(work, input, 'agentIdentityBlueprint');

async function create(work: GraphWork, input: Input, type: ApplicationType): Promise<Outcome> {
  if (!canCreateWorkload(work.caller, type)) refuse('forbidden', { reason: 'Creating applications needs a permission for that, and for a person an administrator role.' });
  const body: Json = { ...defaults, ...input.body, ...(input.alternate?.name === 'uniqueName' ? { uniqueName: input.alternate.value } : {}) };
  refuseIfAny(applicationReasons({ displayName: null, ...body }));
  const [id, appId] = [newId(), crypto.randomUUID()];
  await claimIdentifierUris(work, id, body);
  if (type === 'agentIdentityBlueprint') await refuseBlockedRequirements(work, body);
  const content = contentAfter(blankContent, body);
  const data = { ...content.data, createdById: work.caller.principalId, createdByAppId: work.caller.clientAppId };
  await writing(insertWorkload(work.tx, { ...content, data, id, type, appId, blueprintAppId: null, createdAt: work.now }), takenFields);
  const linked = await linkCreated(work, { id, type, isOwned: becomesOwner(work.caller, type) }, body);
  const permissions = await setPermissions(work, id, body);
  await setKeys(work, id, body);
  await auditWorkload(work, {
    activity: type === 'application' ? 'Add application' : 'Add agent identity blueprint', operation: 'Add',
    workload: { id, type, displayName: content.displayName }, after: { appId, ...visibleValues(content, body), ...permissions.after, ...linked },
  });
  return { answer: 'created', id };
}

/** Changes an application or blueprint; with `Prefer: create-if-missing` creates one that its alternate key does not find. */
export const updateApplication: Command = async (work, input) => {
  if (input.id === '') {
    if (input.alternate?.name === 'uniqueName' && input.prefer.has('create-if-missing')) return await createApplication(work, input);
    return refuse('notFound', { value: input.alternate?.value ?? '' });
  }
  const { body } = input;
  const application = await changeableWorkload(work, input.id, ...aspectsOf(body));
  refuseOwnApiChange(application.appId, body);
  refuseIfAny(applicationReasons(body));
  await claimIdentifierUris(work, input.id, body);
  if (application.type === 'agentIdentityBlueprint') await refuseBlockedRequirements(work, body);
  const content = contentAfter(application, body);
  await writing(updateWorkload(work.tx, { id: input.id, ...content }), takenFields);
  const permissions = await setPermissions(work, input.id, body);
  const keys = await setKeys(work, input.id, body);
  await auditWorkload(work, {
    activity: 'Update application', operation: 'Update', workload: application,
    before: { ...visibleValues(application, body), ...permissions.before, ...keys.before }, after: { ...visibleValues(content, body), ...permissions.after, ...keys.after },
  });
  return { answer: 'done' };
};

const switches: ReadonlySet<string> = new Set(['accountEnabled', 'isDisabled']);

/** What a change asks to do. Owners and sponsors change through their own addresses, not in a PATCH. */
export function aspectsOf(body: Json): readonly Aspect[] {
  for (const name of ['owners', 'sponsors']) if (name in body) refuse('ruleBroken', { field: name, reason: `'${name}' cannot be replaced at once. Add with POST ${name}/$ref and remove with DELETE ${name}/{id}/$ref.` });
  const names = Object.keys(body).filter((name) => !switches.has(name));
  const aspects: Aspect[] = [];
  if (names.includes('keyCredentials')) aspects.push('credentials');
  if (names.some((name) => name !== 'keyCredentials')) aspects.push('edit');
  if (body['accountEnabled'] === true || body['isDisabled'] === false) aspects.push('enable');
  if (body['accountEnabled'] === false || body['isDisabled'] === true) aspects.push('disable');
  return aspects.length === 0 ? ['edit'] : aspects;
}

const notShown: ReadonlySet<string> = new Set(['appRoles', 'keyCredentials', 'owners', 'sponsors']);

/** Values of the properties that a body names, as the audit trail shows them. */
export function visibleValues(content: WorkloadContent, body: Json): Json {
  const { data, ...columns } = content;
  const all: Json = { ...data, displayName: columns.displayName, description: columns.description, uniqueName: columns.uniqueName, accountEnabled: columns.accountEnabled, isDisabled: !columns.accountEnabled };
  return Object.fromEntries(Object.keys(body).filter((name) => !notShown.has(name)).map((name) => [name, all[name] ?? null]));
}
