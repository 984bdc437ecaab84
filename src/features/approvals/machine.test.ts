import { expect, it } from 'vitest';
import { tellLife } from '../../../test/support/life-text.ts';
import { stageLife } from './machine.ts';

it('the life of a stage', () => {
  expect(tellLife(stageLife, { isQuorumMet: [true, false] })).toMatchInlineSnapshot(`
    [
      "Initializing | open -> InProgress: askApprovers",
      "Initializing | close -> Expired",
      "InProgress | approve (isQuorumMet) -> Completed: approveRequest",
      "InProgress | approve (not isQuorumMet) -> InProgress: countApproval",
      "InProgress | deny -> Completed: denyRequest",
      "InProgress | escalate -> InProgress: askApprovers",
      "InProgress | remind -> InProgress: remindApprovers",
      "InProgress | reassign -> InProgress: askApprovers",
      "InProgress | timeOut -> Expired: timeOutRequest",
      "InProgress | close -> Expired",
    ]
  `);
  expect([stageLife.name, stageLife.initial, ...stageLife.final, ...stageLife.rows.flatMap(({ says }) => says ?? [])]).toMatchInlineSnapshot(`
    [
      "approvalStage",
      "Initializing",
      "Completed",
      "Expired",
      "as many as needed",
    ]
  `);
});
