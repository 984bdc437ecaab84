import { describe, expect, it } from 'vitest';
import { Problem } from '../../kernel/problem.ts';
import { type MultipartBody, parseMultipart } from './multipart.ts';

const type = 'multipart/form-data; boundary=cut';
const form = (...lines: readonly string[]): Buffer => Buffer.from(lines.join('\r\n'));
const part = (headers: readonly string[], text: string, end = '--cut--'): Buffer => form('--cut', ...headers, '', text, end, '');
const shown = ({ parts }: MultipartBody) => parts.map(({ name, fileName, bytes }) => ({ name, fileName, text: Buffer.from(bytes).toString() }));
const reasonOf = (body: Buffer, contentType = type): string => {
  try {
    parseMultipart(body, contentType);
  } catch (error) {
    if (error instanceof Problem) return error.message;
  }
  return 'it was not refused';
};

describe('multipart/form-data', () => {
  it('gives the parts byte by byte, what looks like an end included', () => {
    expect(shown(parseMultipart(part(['Content-Disposition: form-data; name="file"; filename="a b.csv"', 'Content-Type: text/csv'], 'one\r\n--cu\r\n\r\ntwo\r\n'), type)))
      .toEqual([{ name: 'file', fileName: 'a b.csv', text: 'one\r\n--cu\r\n\r\ntwo\r\n' }]);
    const both = form('before the first', '--cut  ', 'content-disposition: FORM-DATA; filename=x.csv; name=file', '', 'x', '--cut', 'Content-Disposition: form-data; name="note"', '', '', '--cut--');
    expect(shown(parseMultipart(both, 'multipart/form-data; charset=utf-8; boundary="cut"'))).toEqual([{ name: 'file', fileName: 'x.csv', text: 'x' }, { name: 'note', fileName: undefined, text: '' }]);
  });

  it('takes an end without dashes, as a sample of Graph has it, and quotes inside names', () => {
    expect(shown(parseMultipart(part(['Content-Disposition: form-data; name="file"; filename="a\\"b.csv"'], 'x', '--cut'), type))).toEqual([{ name: 'file', fileName: 'a"b.csv', text: 'x' }]);
  });

  it.each([
    [part(['Content-Disposition: form-data; name="a"'], 'x'), 'multipart/form-data', 'names no boundary'],
    [Buffer.from('nothing of the kind'), type, 'is not in the body'],
    [form('--cut', 'Content-Disposition: form-data; name="a"', '', 'never closed'), type, 'not closed'],
    [form('--cut and more', '', 'x', '--cut--'), type, 'follows a boundary'],
    [part(['Content-Type: text/csv'], 'x'), type, 'Content-Disposition'],
    [form('--cut', 'no headers', '--cut--'), type, 'no headers'],
    [part([`X: ${'y'.repeat(9000)}`], 'x'), type, 'no headers'],
    [form(...Array.from({ length: 21 }, () => ['--cut', 'Content-Disposition: form-data; name="a"', '', 'x']).flat(), '--cut--'), type, 'more than 20 parts'],
  ])('refuses what is none: %#', (body, contentType, says) => {
    expect(reasonOf(body, contentType)).toContain(says);
  });
});
