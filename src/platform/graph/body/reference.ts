/** References in bodies and query strings: `@odata.bind`, `@odata.id`, `{id}`. Only the id counts; the host is the client's business. */
import { refuse } from '../../../kernel/problem.ts';
import { clip, isGuid, isObject, nameOf } from '../value.ts';

/** Id of `…/users/{id}`, `…/users('{id}')` or a bare GUID. */
export const idOfUrl = (url: string, field: string): string => idIn(url) ?? refuse('invalidValue', { field, reason: `'${clip(url)}' does not end in the id of an object` });

/** The GUID at the end of a reference; undefined where it ends in something else, such as a user principal name. */
export function idIn(url: string): string | undefined {
  const path = decode(url).replace(/[?#].*$/, '').replace(/\/+$/, '');
  const last = /\(\s*(?:[A-Za-z]+\s*=\s*)?'?([^')]*)'?\s*\)$/.exec(path)?.[1] ?? path.split('/').at(-1) ?? '';
  return isGuid(last) ? last.toLowerCase() : undefined;
}

function decode(url: string): string {
  try {
    return decodeURIComponent(url);
  } catch {
    return url;
  }
}

/** Id in a reference: a URL, `{ "id": … }` or `{ "@odata.id": … }`; undefined for an object without any. */
export function readReference(value: unknown, field: string): string | undefined {
  if (typeof value === 'string') return idOfUrl(value, field);
  if (!isObject(value)) return refuse('invalidValue', { field, reason: `a reference is expected, not ${nameOf(value)}` });
  const url = value['@odata.id'];
  if (typeof url === 'string') return idOfUrl(url, `${field}/@odata.id`);
  const { id } = value;
  if (id === undefined || id === null) return undefined;
  if (typeof id === 'string' && isGuid(id)) return id.toLowerCase();
  return refuse('invalidValue', { field: `${field}/id`, reason: `${nameOf(id)} is not a GUID` });
}

/** Reference in the body of a `$ref` write. */
export function readRefBody(body: unknown): string {
  const url = isObject(body) ? body['@odata.id'] ?? body['@id'] : undefined;
  if (typeof url === 'string') return url;
  return refuse('missingProperty', { field: '@odata.id', mend: 'Send {"@odata.id": "https://…/{id}"}.' });
}
