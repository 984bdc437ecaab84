import { describe, expect, it } from 'vitest';
import { opaqueId, uuidsIn } from './opaque-ids.ts';

const uuids = ['0190a0b1-c2d3-7e4f-8a5b-6c7d8e9fa0b1', 'ffffffff-ffff-4fff-bfff-ffffffffffff', '00000000-0000-4000-8000-000000000001'] as const;

describe('opaque ids', () => {
  it.each([1, 2, 3])('of %i UUIDs are the base64url of their bytes, and lead back', (count) => {
    const some = uuids.slice(0, count);
    expect(opaqueId(...some)).toBe(Buffer.from(some.join('').replaceAll('-', ''), 'hex').toString('base64url'));
    expect(uuidsIn(opaqueId(...some))).toEqual(some);
  });

  it.each(['', 'x', 'not an id', '../..', 'AAAA', opaqueId(uuids[0]).slice(1), `${opaqueId(uuids[0])}A`])("gives nothing for '%s'", (id) => {
    expect(uuidsIn(id)).toEqual([]);
  });
});
