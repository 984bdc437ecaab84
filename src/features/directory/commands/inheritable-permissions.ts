/** What a blueprint hands on to its agents: at most ten APIs, each named once (contract §3). */
import { refuse } from '../../../kernel/problem.ts';
import type { Command, GraphWork, Input, Json } from '../../../platform/graph/model.ts';
import { recordOf, requiredText } from '../model/given.ts';
import type { Workload } from '../model/workload.ts';
import {
  countInheritablePermissions, insertInheritablePermission, lockInheritablePermission, removeInheritablePermission, updateInheritablePermission, type InheritablePermission,
} from '../store/application-extras.ts';
import { findApplication } from '../store/workloads.ts';
import { writing } from './settle.ts';
import { auditWorkload, changeableWorkload } from './workload-access.ts';

const mostApis = 10;
const kinds: Readonly<Record<string, string>> = {
  '#microsoft.graph.allAllowedScopes': 'allAllowed', '#microsoft.graph.enumeratedScopes': 'enumerated', '#microsoft.graph.noScopes': 'none',
  '#microsoft.graph.allAllowedRoles': 'allAllowed', '#microsoft.graph.noRoles': 'none',
};

const noScopes: Json = { '@odata.type': '#microsoft.graph.noScopes' };
const withKind = (given: Json): Json => ({ ...given, kind: kinds[requiredText(given, '@odata.type')] ?? 'scopeKindNotSet' });

/** Adds an API. */
export const createInheritablePermission: Command = async (work, input) => {
  const blueprint = await blueprintInPath(work, input);
  const resourceAppId = requiredText(input.body, 'resourceAppId').toLowerCase();
  if ((await findApplication(work.tx, resourceAppId, work.caller.principalId)) === undefined) refuse('danglingReference', { field: 'resourceAppId', value: resourceAppId });
  if ((await countInheritablePermissions(work.tx, blueprint.id)) >= mostApis) refuse('ruleBroken', { field: 'inheritablePermissions', reason: `A blueprint hands on permissions of at most ${mostApis} APIs. Remove one first.` });
  const roles = recordOf(input.body, 'inheritableRoles');
  const permission = { blueprintId: blueprint.id, resourceAppId, scopes: withKind(recordOf(input.body, 'inheritableScopes') ?? noScopes), roles: roles === undefined ? null : withKind(roles) };
  await writing(insertInheritablePermission(work.tx, permission), { inheritable_permissions_pkey: 'resourceAppId' });
  await audit(work, { blueprint, activity: 'Add inheritable permission' }, { after: { inheritablePermission: permission } });
  return { answer: 'created', id: resourceAppId };
};

/** Changes what is handed on of an API. */
export const changeInheritablePermission: Command = async (work, input) => {
  const { blueprint, permission } = await permissionInPath(work, input);
  const [scopes, roles] = [recordOf(input.body, 'inheritableScopes'), recordOf(input.body, 'inheritableRoles')];
  const after = { ...permission, ...(scopes === undefined ? {} : { scopes: withKind(scopes) }), ...(roles === undefined ? {} : { roles: withKind(roles) }) };
  await updateInheritablePermission(work.tx, after);
  await audit(work, { blueprint, activity: 'Update inheritable permission' }, { before: { inheritablePermission: permission }, after: { inheritablePermission: after } });
  return { answer: 'entity', id: permission.resourceAppId };
};

/** Hands on nothing of an API any more. */
export const deleteInheritablePermission: Command = async (work, input) => {
  const { blueprint, permission } = await permissionInPath(work, input);
  await removeInheritablePermission(work.tx, blueprint.id, permission.resourceAppId);
  await audit(work, { blueprint, activity: 'Remove inheritable permission' }, { before: { inheritablePermission: permission } });
  return { answer: 'done' };
};

async function blueprintInPath(work: GraphWork, input: Input): Promise<Workload> {
  const parent = input.ancestors.findLast((ancestor) => ancestor.id !== input.id);
  return parent === undefined ? refuse('notFound', { value: input.id }) : await changeableWorkload(work, parent.id, 'edit');
}

async function permissionInPath(work: GraphWork, input: Input): Promise<{ readonly blueprint: Workload; readonly permission: InheritablePermission }> {
  const blueprint = await blueprintInPath(work, input);
  const permission = await lockInheritablePermission(work.tx, blueprint.id, input.id);
  return permission === undefined ? refuse('notFound', { value: input.id }) : { blueprint, permission };
}

async function audit(work: GraphWork, what: { readonly blueprint: Workload; readonly activity: string }, values: { readonly before?: Json; readonly after?: Json }): Promise<void> {
  await auditWorkload(work, { activity: what.activity, operation: 'Update', workload: what.blueprint, ...values });
}
