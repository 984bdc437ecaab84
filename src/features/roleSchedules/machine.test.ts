import { expect, it } from 'vitest';
import { tellLife } from '../../../test/support/life-text.ts';
import { eventsIn, step } from '../../kernel/machine.ts';
import { scheduleRequestLife as life } from './machine.ts';

it('reaches every status, ends where it says, and decides every event', () => {
  const reached = new Set<string>([life.initial]);
  for (let before = 0; before !== reached.size;) {
    before = reached.size;
    for (const row of life.rows) if (reached.has(row.from)) reached.add(row.to);
  }
  expect(life.states.filter((state) => !reached.has(state))).toEqual([]);
  expect(life.states.filter((state) => eventsIn(life, state).length === 0)).toEqual(life.final);
  const open = life.states.flatMap((state) => eventsIn(life, state).filter((event) => life.rows.findLast((row) => row.from === state && row.event === event)?.when !== undefined));
  expect(open).toEqual([]);
});

it('can be cancelled only while it waits', () => {
  expect(life.states.filter((state) => eventsIn(life, state).includes('cancel'))).toEqual(['PendingProvisioning', 'Granted', 'PendingAdminDecision']);
});

it('waits for its start when that is later', () => {
  const after = (event: 'create' | 'activate', startsLater: boolean): unknown => {
    const passage = step(life, { state: life.initial, event }, { startsLater });
    return passage.moved ? passage.to : undefined;
  };
  expect([after('create', true), after('create', false), after('activate', true), after('activate', false)]).toEqual(['PendingProvisioning', 'Provisioned', 'Granted', 'Provisioned']);
});

it('the life of a role schedule request, step by step', () => {
  expect(tellLife(life, { startsLater: [true, false] })).toMatchInlineSnapshot(`
    [
      "PendingScheduleCreation | create (startsLater) -> PendingProvisioning: writeSchedule",
      "PendingScheduleCreation | create (not startsLater) -> Provisioned: writeSchedule",
      "PendingScheduleCreation | activate (startsLater) -> Granted: writeSchedule",
      "PendingScheduleCreation | activate (not startsLater) -> Provisioned: writeSchedule",
      "PendingScheduleCreation | change -> Provisioned: changeSchedule",
      "PendingScheduleCreation | remove -> Revoked: removeSchedules",
      "PendingScheduleCreation | ask -> PendingAdminDecision",
      "PendingProvisioning | start -> Provisioned",
      "PendingProvisioning | cancel -> Canceled: removeSchedules",
      "PendingProvisioning | revoke -> Revoked",
      "Granted | start -> Provisioned",
      "Granted | cancel -> Canceled: removeSchedules",
      "Granted | revoke -> Revoked",
      "PendingAdminDecision | cancel -> Canceled",
      "PendingAdminDecision | answer -> Provisioned",
      "PendingAdminDecision | deny -> Denied",
    ]
  `);
  expect([life.name, life.initial, ...life.final, ...life.rows.flatMap(({ says }) => says ?? [])]).toMatchInlineSnapshot(`
    [
      "unifiedRoleScheduleRequest",
      "PendingScheduleCreation",
      "Provisioned",
      "Revoked",
      "Canceled",
      "Denied",
      "starts later",
      "starts later",
    ]
  `);
});
