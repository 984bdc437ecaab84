/** Making, changing and removing custom extensions. */
import { type JsonRecord, isRecord, textAt } from '../../../kernel/json.ts';
import { type Reason, refuse } from '../../../kernel/problem.ts';
import type { Command, GraphWork, Input, Outcome } from '../../../platform/graph/model.ts';
import { whyNotCalled } from '../../../platform/http/outbound.ts';
import { newId } from '../../../platform/ids.ts';
import { recordAudit } from '../../audit/store.ts';
import { nameSome } from '../../catalogs/commands/catalogs.ts';
import { demandChange, lockManagedCatalog, stampOf } from '../../catalogs/commands/reach.ts';
import { addressOf, extensionTypes, type Extension, type ExtensionType } from '../model.ts';
import { extensionReasons } from '../rules/config.ts';
import { deleteExtension, insertExtension, listPoliciesCalling, lockExtension, updateExtension } from '../store/extensions.ts';

const create = (typeOf: (input: Input) => ExtensionType): Command => async (work, input) => {
  const catalogId = input.ancestors.at(-1)?.id ?? refuse('notFound', { value: 'catalog' });
  await lockManagedCatalog(work, catalogId);
  const type = typeOf(input);
  const extension = withBody({ id: newId(), catalogId, type, displayName: '', description: null, endpoint: {}, authentication: null, client: null, callback: null }, input.body);
  insist(work, extension);
  await insertExtension(work.tx, extension, stampOf(work));
  await audit(work, { activity: 'Create custom extension', operation: 'Add', extension, after: shown(extension) });
  return { answer: 'created', id: extension.id };
};

/** POST catalogs/{id}/customWorkflowExtensions: the body says of which type. */
export const createExtension: Command = create(({ cast }) => extensionTypes.find((type) => type === cast)
  ?? refuse('missingProperty', { field: '@odata.type', mend: 'Say which extension it is: #microsoft.graph.accessPackageAssignmentRequestWorkflowExtension or #microsoft.graph.accessPackageAssignmentWorkflowExtension.' }));

/** POST accessPackageCatalogs/{id}/customAccessPackageWorkflowExtensions (beta): there is one type. */
export const createLegacyExtension: Command = create(() => 'customAccessPackageWorkflowExtension');

/** PATCH: what is left out stays. */
export async function changeExtension(work: GraphWork, { id, body }: Input): Promise<Outcome> {
  const before = await lockOwn(work, id);
  return await change(work, before, withBody(before, body));
}

/** PUT: what is left out is none. */
export async function replaceExtension(work: GraphWork, { id, body }: Input): Promise<Outcome> {
  const before = await lockOwn(work, id);
  return await change(work, before, withBody({ ...before, description: null, authentication: null, client: null, callback: null }, body));
}

async function change(work: GraphWork, before: Extension, after: Extension): Promise<Outcome> {
  insist(work, after);
  await updateExtension(work.tx, after, stampOf(work));
  await audit(work, { activity: 'Update custom extension', operation: 'Update', extension: after, before: shown(before), after: shown(after) });
  return { answer: 'entity', id: after.id };
}

/** DELETE: not while a policy calls it. Calls that were made stay in the records of their requests. */
export async function removeExtension(work: GraphWork, { id }: Input): Promise<Outcome> {
  const extension = await lockOwn(work, id);
  const policies = await listPoliciesCalling(work.tx, id);
  if (policies.length > 0) refuse('conflict', { reason: `Policies call the custom extension: ${nameSome(policies)}. Take it out of them first.` }, [{ code: 'extensionInUse', message: `These policies call the custom extension: ${nameSome(policies)}.` }]);
  await deleteExtension(work.tx, id);
  await audit(work, { activity: 'Delete custom extension', operation: 'Delete', extension, before: shown(extension) });
  return { answer: 'done' };
}

async function lockOwn(work: GraphWork, id: string): Promise<Extension> {
  const extension = await lockExtension(work.tx, id) ?? refuse('notFound', { value: id });
  await demandChange(work, { need: 'manageCatalog', catalogId: extension.catalogId, subject: id });
  return extension;
}

const withBody = (row: Extension, body: JsonRecord): Extension => ({
  ...row,
  displayName: textAt(body, 'displayName') ?? row.displayName,
  description: 'description' in body ? textAt(body, 'description') ?? null : row.description,
  endpoint: recordIn(body, 'endpointConfiguration') ?? row.endpoint,
  authentication: 'authenticationConfiguration' in body ? recordIn(body, 'authenticationConfiguration') : row.authentication,
  client: 'clientConfiguration' in body ? recordIn(body, 'clientConfiguration') : row.client,
  callback: 'callbackConfiguration' in body ? callbackFrom(recordIn(body, 'callbackConfiguration')) : row.callback,
});

const recordIn = (body: JsonRecord, name: string): JsonRecord | null => (isRecord(body[name]) ? body[name] : null);

/**
 * Graph's samples say `durationBeforeTimeout`, and name the abstract type, which its description has no word for: that is left out.
 * Without a time it is the longest that there is.
 */
function callbackFrom(callback: JsonRecord | null): JsonRecord | null {
  if (callback === null) return null;
  const { durationBeforeTimeout, '@odata.type': type, ...kept } = callback;
  return { ...(type === '#microsoft.graph.customExtensionCallbackConfiguration' ? {} : { '@odata.type': type }), ...kept, timeoutDuration: kept['timeoutDuration'] ?? durationBeforeTimeout ?? 'P14D' };
}

/** Refuses with every reason; also an address that will never be called from here. */
function insist(work: GraphWork, extension: Extension): void {
  const own = extensionReasons(extension);
  const address = addressOf(extension.endpoint);
  const why = address === undefined || own.some(({ code }) => code === 'address') ? undefined : whyNotCalled(address, work.outboundHosts ?? []);
  const reasons: readonly Reason[] = why === undefined ? own : [...own, { code: 'address', target: 'endpointConfiguration/url', message: `The address will not be called: ${why}. Name one of the internet.` }];
  const [first] = reasons;
  if (first !== undefined) refuse('ruleBroken', { reason: reasons.map(({ message }) => message).join(' '), ...(first.target === undefined ? {} : { field: first.target }) }, reasons);
}

/** For the trail: an address may carry a key in its query. */
function shown({ id: _, catalogId: __, ...extension }: Extension): JsonRecord {
  const bare = (value: unknown): unknown => (typeof value === 'string' ? value.replace(/\?.*$/s, '') : value);
  return { ...extension, endpoint: Object.fromEntries(Object.entries(extension.endpoint).map(([name, value]) => [name, /url$/i.test(name) ? bare(value) : value])) };
}

interface ExtensionChange {
  readonly activity: string;
  readonly operation: 'Add' | 'Update' | 'Delete';
  readonly extension: Extension;
  readonly before?: JsonRecord;
  readonly after?: JsonRecord;
}

async function audit(work: GraphWork, { activity, operation, extension, ...values }: ExtensionChange): Promise<void> {
  await recordAudit(work.tx, work, {
    activity, operation, category: 'EntitlementManagement',
    targets: [{ id: extension.id, type: 'CustomExtension', displayName: extension.displayName, ...values }, { id: extension.catalogId, type: 'AccessPackageCatalog' }],
  });
}
