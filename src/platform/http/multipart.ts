/** `multipart/form-data` (RFC 7578) with its files in memory. Pure; every refusal says what is wrong with the text. */
import { refuse } from '../../kernel/problem.ts';

/** Most bytes of such a body: one file of 5 MiB with its wrapping. */
export const multipartLimit = 5 * 1024 * 1024 + 64 * 1024;

/** One part. `fileName` undefined: a plain field. */
export interface FormPart {
  readonly name: string;
  readonly fileName: string | undefined;
  readonly bytes: Uint8Array;
}

/** A parsed body, told from JSON by its class. */
export class MultipartBody {
  readonly parts: readonly FormPart[];

  constructor(parts: readonly FormPart[]) {
    this.parts = parts;
  }
}

const mostParts = 20;
const longestHead = 8 * 1024;

/** Parses a body. `contentType` carries the boundary. */
export function parseMultipart(body: Buffer, contentType: string): MultipartBody {
  const boundary = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType);
  const word = boundary?.[1] ?? boundary?.[2] ?? refuse('malformedForm', { reason: 'Content-Type names no boundary' });
  const mark = Buffer.from(`--${word}`, 'latin1');
  const parts: FormPart[] = [];
  let at = body.subarray(0, mark.length).equals(mark) ? 0 : after(body, Buffer.from(`\r\n--${word}`, 'latin1'));
  for (;;) {
    at += mark.length;
    // Graph's own sample leaves out the dashes that end the last boundary.
    if (['--', ''].includes(body.subarray(at, at + 2).toString('latin1').trim()) && isLast(body, at)) return new MultipartBody(parts);
    const from = afterLineEnd(body, at);
    const end = body.indexOf(`\r\n--${word}`, from, 'latin1');
    if (end < 0) return refuse('malformedForm', { reason: 'a part is not closed by the boundary' });
    if (parts.length === mostParts) return refuse('malformedForm', { reason: `it has more than ${mostParts} parts` });
    parts.push(readPart(body.subarray(from, end)));
    at = end + 2;
  }
}

const isLast = (body: Buffer, at: number): boolean => body.subarray(at, at + 2).toString('latin1') === '--' || body.subarray(at).every((byte) => byte === 0x0d || byte === 0x0a || byte === 0x20);

function after(body: Buffer, mark: Buffer): number {
  const found = body.indexOf(mark);
  return found < 0 ? refuse('malformedForm', { reason: 'the boundary that Content-Type names is not in the body' }) : found + 2;
}

/** Where the line after a boundary begins: there may be spaces before its end. */
function afterLineEnd(body: Buffer, at: number): number {
  const end = body.indexOf('\r\n', at, 'latin1');
  if (end < 0 || body.subarray(at, end).toString('latin1').trim() !== '') return refuse('malformedForm', { reason: 'text follows a boundary on its line' });
  return end + 2;
}

function readPart(part: Buffer): FormPart {
  const split = part.indexOf('\r\n\r\n', 0, 'latin1');
  if (split < 0 || split > longestHead) return refuse('malformedForm', { reason: 'a part has no headers' });
  const head = part.subarray(0, split).toString('utf8');
  const disposition = /^content-disposition:\s*form-data\s*;(.*)$/im.exec(head)?.[1] ?? refuse('malformedForm', { reason: "a part has no Content-Disposition 'form-data'" });
  return { name: parameter(disposition, 'name') ?? '', fileName: parameter(disposition, 'filename'), bytes: part.subarray(split + 4) };
}

/** A parameter of a header, quoted or not; `\"` stands for a quote. */
function parameter(header: string, name: string): string | undefined {
  const found = new RegExp(`(?:^|;)\\s*${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s;"]+))`, 'i').exec(header);
  return found?.[1]?.replaceAll(/\\(["\\])/g, '$1') ?? found?.[2];
}
