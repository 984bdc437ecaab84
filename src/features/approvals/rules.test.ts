import fc from 'fast-check';
import { expect, it } from 'vitest';
import { whyNotApprover } from './rules.ts';

it('only an approver who is a person, did not ask and does not receive decides', () => {
  const id = fc.constantFrom('a', 'b', 'c');
  fc.assert(fc.property(fc.record({ principalId: id, isPerson: fc.boolean(), requestorId: fc.option(id), targetId: id, approverIds: fc.array(id) }), (right) => {
    const may = right.isPerson && right.principalId !== right.requestorId && right.principalId !== right.targetId && right.approverIds.includes(right.principalId);
    expect(whyNotApprover(right) === undefined).toBe(may);
  }));
});
