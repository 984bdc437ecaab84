/** Extension properties of applications, and classifications of the delegated permissions of an API. */
import { refuse } from '../../../kernel/problem.ts';
import type { Command } from '../../../platform/graph/model.ts';
import { newId } from '../../../platform/ids.ts';
import { flagOf, requiredText, textsOf } from '../model/given.ts';
import {
  findClassificationOwner, findExtensionPropertyOwner, insertClassification, insertExtensionProperty, removeClassification, removeExtensionProperty,
} from '../store/application-extras.ts';
import { listApiPermissions } from '../store/permissions.ts';
import { writing } from './settle.ts';
import { auditWorkload, changeableWorkload } from './workload-access.ts';

const dataTypes: ReadonlySet<string> = new Set(['Binary', 'Boolean', 'DateTime', 'Integer', 'LargeInteger', 'String']);

/** Adds an extension property; Graph puts the appId into its name. */
export const createExtensionProperty: Command = async (work, input) => {
  const application = await changeableWorkload(work, input.ancestors.at(-1)?.id ?? '', 'edit');
  const [name, dataType] = [requiredText(input.body, 'name'), requiredText(input.body, 'dataType')];
  if (!/^[A-Za-z][A-Za-z0-9_]{0,100}$/.test(name)) refuse('invalidValue', { field: 'name', reason: 'use letters, digits and _, starting with a letter, at most 101 characters' });
  if (!dataTypes.has(dataType)) refuse('invalidValue', { field: 'dataType', reason: `use one of ${[...dataTypes].join(', ')}` });
  const targetObjects = textsOf(input.body, 'targetObjects') ?? [];
  if (targetObjects.length === 0) refuse('missingProperty', { field: 'targetObjects', mend: "Name at least one type, such as 'User'." });
  const property = { id: newId(), applicationId: application.id, name: `extension_${application.appId.replaceAll('-', '')}_${name}`, dataType, isMultiValued: flagOf(input.body, 'isMultiValued') ?? false, targetObjects };
  await writing(insertExtensionProperty(work.tx, property), { extension_properties_name_key: 'name' });
  await auditWorkload(work, { activity: 'Add extension property', operation: 'Update', workload: application, after: { extensionProperty: property.name } });
  return { answer: 'created', id: property.id };
};

/** Removes an extension property. */
export const deleteExtensionProperty: Command = async (work, input) => {
  const application = await changeableWorkload(work, (await findExtensionPropertyOwner(work.tx, input.id)) ?? '00000000-0000-0000-0000-000000000000', 'edit');
  await removeExtensionProperty(work.tx, input.id);
  await auditWorkload(work, { activity: 'Remove extension property', operation: 'Update', workload: application, before: { extensionProperty: input.id } });
  return { answer: 'done' };
};

/** Classifies a delegated permission of the API in the path. */
export const createClassification: Command = async (work, input) => {
  const api = await changeableWorkload(work, input.ancestors.at(-1)?.id ?? '', 'edit');
  const permissionId = requiredText(input.body, 'permissionId').toLowerCase();
  const permission = (await listApiPermissions(work.tx, api.appId, [permissionId])).find(({ kind }) => kind === 'scope');
  if (permission === undefined) return refuse('danglingReference', { field: 'permissionId', value: permissionId });
  const row = { id: Buffer.from(newId().replaceAll('-', ''), 'hex').toString('base64url'), servicePrincipalId: api.id, permissionId, permissionName: permission.value ?? '', classification: requiredText(input.body, 'classification') };
  await writing(insertClassification(work.tx, row), { permission_classifications_service_principal_id_permission_id_key: 'permissionId' });
  await auditWorkload(work, { activity: 'Add delegated permission classification', operation: 'Update', workload: api, after: { [row.permissionName]: row.classification } });
  return { answer: 'created', id: row.id };
};

/** Removes a classification. */
export const deleteClassification: Command = async (work, input) => {
  const api = await changeableWorkload(work, (await findClassificationOwner(work.tx, input.id)) ?? '00000000-0000-0000-0000-000000000000', 'edit');
  await removeClassification(work.tx, input.id);
  await auditWorkload(work, { activity: 'Remove delegated permission classification', operation: 'Update', workload: api, before: { classification: input.id } });
  return { answer: 'done' };
};
