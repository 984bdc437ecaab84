/** Directory extensions: members of users and groups that an application has registered (extensionProperty, `extension_{appId}_{name}`). */
import { refuse } from '../../../kernel/problem.ts';
import { instantOf } from '../../../kernel/schedule.ts';
import type { DynamicMembers, GraphWork, Json } from '../../../platform/graph/model.ts';
import { listExtensionsNamed, type RegisteredExtension } from '../store/application-extras.ts';

const isName = (word: string): boolean => /^extension_[0-9a-f]{32}_[A-Za-z0-9_]{1,100}$/i.test(word);

/** What each data type takes (res1/extensionproperty). Binary and text: at most 256 characters. */
const fits: Readonly<Record<string, (value: unknown) => boolean>> = {
  String: (value) => typeof value === 'string' && value.length <= 256,
  Binary: (value) => typeof value === 'string' && value.length <= 256 && /^[A-Za-z0-9+/]*={0,2}$/.test(value),
  Boolean: (value) => typeof value === 'boolean',
  Integer: (value) => Number.isInteger(value) && Math.abs(Number(value)) <= 2_147_483_647,
  LargeInteger: (value) => Number.isSafeInteger(value),
  DateTime: (value) => typeof value === 'string' && instantOf(value) !== undefined,
};

/** What an object of a kind takes besides its declared members. Compared as text in `$filter`. */
export const directoryExtensions = (kind: 'User' | 'Group'): DynamicMembers => ({
  property: (word) => (isName(word) ? { type: 'text', bag: true, hidden: true, exact: true } : undefined),
  check: async (work, given) => await checkExtensions(work, kind, given),
});

async function checkExtensions(work: GraphWork, kind: string, given: Json): Promise<void> {
  const known = await listExtensionsNamed(work.tx, Object.keys(given));
  for (const [name, value] of Object.entries(given)) {
    const extension = known.find((one) => one.name === name);
    if (extension === undefined || !extension.targetObjects.includes(kind)) return refuse('unknownProperty', { field: name, type: kind.toLowerCase() });
    if (value !== null && !isFitting(extension, value)) refuse('invalidValue', { field: name, reason: `${extension.isMultiValued ? 'an array of' : 'a value of type'} ${extension.dataType} is expected, as its application has registered it` });
  }
}

function isFitting({ dataType, isMultiValued }: RegisteredExtension, value: unknown): boolean {
  const isOne = fits[dataType] ?? (() => false);
  return isMultiValued ? Array.isArray(value) && value.length <= 100 && value.every(isOne) : isOne(value);
}
