/** Bodies that are files: an action that declares `file` takes one, and nothing else takes any. */
import { refuse } from '../../../kernel/problem.ts';
import { MultipartBody } from '../../http/multipart.ts';
import type { Json } from '../model.ts';

/** The one file of a multipart/form-data body, as `name` and `bytes`. */
export function readFileBody(body: unknown): Json {
  const [file, another] = body instanceof MultipartBody ? body.parts.filter(({ fileName }) => fileName !== undefined) : [];
  if (file === undefined) return refuse('missingProperty', { field: 'file', mend: 'Send multipart/form-data with one part that has a filename.' });
  if (another !== undefined) return refuse('ruleBroken', { field: 'file', reason: 'The body has several files. Send each in a request of its own.' });
  return { name: file.fileName, bytes: file.bytes };
}

/** Refuses a form where JSON is expected. */
export function refuseForm(body: unknown): void {
  if (body instanceof MultipartBody) refuse('unsupportedMediaType', { value: 'multipart/form-data' });
}
