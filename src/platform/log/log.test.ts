import { describe, expect, it } from 'vitest';
import { createLog } from './log.ts';

function record(isTerminal = false): { log: ReturnType<typeof createLog>; lines: string[] } {
  const lines: string[] = [];
  const log = createLog({ level: 'info', isTerminal, stream: { write: (line) => { lines.push(line); } } });
  return { log, lines };
}

describe('the log', () => {
  it('writes one JSON object a line', () => {
    const { log, lines } = record();
    log.info({ requestId: 'r1' }, 'hello');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'info', msg: 'hello', requestId: 'r1' });
    expect(lines[0]).toMatch(/\}\n$/);
  });

  it('masks values by name at any depth, and keeps what only describes them', () => {
    const { log, lines } = record();
    log.info({ body: { list: [{ clientSecret: 's3cret', access_token: 'abc' }] }, answers: ['why'], tokenType: 'Bearer', clientAssertion: 'zzz' }, 'x');
    expect(lines[0]).not.toMatch(/s3cret|abc|why|zzz/);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ tokenType: 'Bearer' });
  });

  it('masks what looks like a token in messages and errors', () => {
    const { log, lines } = record();
    const jwt = 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.c2ln';
    log.error({ err: new Error(`bad ${jwt}`) }, `Authorization: Bearer abcdefghijk, client_secret=topsecret, postgres://u:hunter2@db/x`);
    expect(lines[0]).not.toMatch(/eyJ|abcdefghijk|topsecret|hunter2/);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ err: { type: 'Error' } });
  });

  it('drops the other fields of an error, where a database puts rows', () => {
    const { log, lines } = record();
    log.error({ err: Object.assign(new Error('duplicate'), { code: '23505', detail: 'Key (mail)=(a@b)' }) }, 'failed');
    expect(lines[0]).not.toContain('a@b');
    expect(lines[0]).toContain('23505');
  });

  it('writes a readable line on a terminal', () => {
    const { log, lines } = record(true);
    log.warn({ port: 8080 }, 'listening');
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d warn {2}listening port=8080\n$/);
  });
});
