import { expect, it } from 'vitest';
import { tellLife } from '../../../test/support/life-text.ts';
import { assignmentLife } from './machine.ts';

it('the life of an assignment', () => {
  expect(tellLife(assignmentLife, { outcome: ['all', 'some', 'none'], isRepeated: [true, false] })).toMatchInlineSnapshot(`
    [
      "delivering | deliveryDone (outcome all) -> delivered: writeGrants",
      "delivering | deliveryDone (outcome some) -> partiallyDelivered: writeGrants",
      "delivering | deliveryDone (outcome none, isRepeated) -> partiallyDelivered: writeGrants",
      "delivering | deliveryDone (outcome none, not isRepeated) -> deliveryFailed",
      "delivering | end -> expired: settleGrants",
      "partiallyDelivered | changeEnd -> partiallyDelivered: settleGrants",
      "partiallyDelivered | end -> expired: settleGrants",
      "partiallyDelivered | reprocess -> delivering: deliver",
      "delivered | changeEnd -> delivered: settleGrants",
      "delivered | end -> expired: settleGrants",
      "delivered | reprocess -> delivering: deliver",
    ]
  `);
  expect([assignmentLife.name, assignmentLife.initial, ...assignmentLife.final, ...assignmentLife.rows.flatMap(({ says }) => says ?? [])]).toMatchInlineSnapshot(`
    [
      "accessPackageAssignment",
      "delivering",
      "expired",
      "deliveryFailed",
      "all roles",
      "some roles, or given before",
    ]
  `);
});
