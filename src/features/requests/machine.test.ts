import { describe, expect, it } from 'vitest';
import { tellLife } from '../../../test/support/life-text.ts';
import { eventsIn, type Life } from '../../kernel/machine.ts';
import { stageLife } from '../approvals/machine.ts';
import { assignmentLife } from '../assignments/machine.ts';
import { calloutLife } from '../extensions/machine.ts';
import { requestLife } from './machine.ts';

const lives = [requestLife, stageLife, assignmentLife, calloutLife] as const;

/** What every life must be, whatever its words. */
function shapeOf<S extends string, E extends string, F, X extends string>(life: Life<S, E, F, X>): { readonly unreachable: readonly S[]; readonly open: readonly string[]; readonly final: readonly S[] } {
  const reached = new Set<S>([life.initial]);
  for (let before = 0; before !== reached.size;) {
    before = reached.size;
    for (const row of life.rows) if (reached.has(row.from)) reached.add(row.to);
  }
  const pairs = life.states.flatMap((state) => eventsIn(life, state).map((event) => ({ state, event })));
  return {
    unreachable: life.states.filter((state) => !reached.has(state)),
    open: pairs.filter(({ state, event }) => life.rows.findLast((row) => row.from === state && row.event === event)?.when !== undefined).map(({ state, event }) => `${state} ${event}`),
    final: life.states.filter((state) => eventsIn(life, state).length === 0),
  };
}

describe('the lives', () => {
  it('of requests reach every state, decide every event, and end where Graph ends', () => {
    expect(shapeOf(requestLife)).toEqual({ unreachable: [], open: [], final: ['delivered', 'denied', 'canceled'] });
  });
  it('of assignments do too', () => {
    expect(shapeOf(assignmentLife)).toEqual({ unreachable: [], open: [], final: ['expired', 'deliveryFailed'] });
  });
  it('of stages do too', () => {
    expect(shapeOf(stageLife)).toEqual({ unreachable: [], open: [], final: ['Completed', 'Expired'] });
  });
  it('of calls do too', () => {
    expect(shapeOf(calloutLife)).toEqual({ unreachable: [], open: [], final: ['calloutSent', 'callbackReceived', 'callbackTimedOut'] });
  });
  it('say of themselves where they end', () => {
    expect(lives.map(({ final }) => [...final])).toEqual([['delivered', 'denied', 'canceled'], ['Completed', 'Expired'], ['expired', 'deliveryFailed'], ['calloutSent', 'callbackReceived', 'callbackTimedOut']]);
  });
  it('let nobody cancel what is finished', () => {
    expect(requestLife.states.filter((state) => eventsIn(requestLife, state).includes('cancel'))).toEqual(['submitted', 'pendingApproval', 'scheduled']);
  });
});

it('the life of a request, step by step', () => {
  const either = [true, false] as const;
  expect(tellLife(requestLife, {
    needsApproval: either, asksForApprovers: either, waitsWhenCreated: either, waitsWhenApproved: either, hasMoreStages: either, startsLater: either, outcome: ['all', 'some', 'none'],
  })).toMatchInlineSnapshot(`
    [
      "submitted | submit (waitsWhenCreated) -> submitted: callCreated, wait",
      "submitted | submit (not waitsWhenCreated, needsApproval, asksForApprovers) -> pendingApproval: callCreated, callApprovers, wait",
      "submitted | submit (not waitsWhenCreated, needsApproval, not asksForApprovers) -> pendingApproval: callCreated, openStage",
      "submitted | submit (not waitsWhenCreated, not needsApproval, waitsWhenApproved) -> submitted: callCreated, callApproved, wait",
      "submitted | submit (not waitsWhenCreated, not needsApproval, not waitsWhenApproved, startsLater) -> scheduled: callCreated, callApproved, schedule",
      "submitted | submit (not waitsWhenCreated, not needsApproval, not waitsWhenApproved, not startsLater) -> delivering: callCreated, callApproved, deliver",
      "submitted | resumeCreated (needsApproval, asksForApprovers) -> pendingApproval: callApprovers, wait",
      "submitted | resumeCreated (needsApproval, not asksForApprovers) -> pendingApproval: openStage",
      "submitted | resumeCreated (not needsApproval, waitsWhenApproved) -> submitted: callApproved, wait",
      "submitted | resumeCreated (not needsApproval, not waitsWhenApproved, startsLater) -> scheduled: callApproved, schedule",
      "submitted | resumeCreated (not needsApproval, not waitsWhenApproved, not startsLater) -> delivering: callApproved, deliver",
      "submitted | resumeApproved (startsLater) -> scheduled: schedule",
      "submitted | resumeApproved (not startsLater) -> delivering: deliver",
      "submitted | callbackDenied -> denied",
      "submitted | callbackCanceled -> canceled",
      "submitted | callbackTimedOut -> denied",
      "submitted | excluded -> denied",
      "submitted | cancel -> canceled",
      "pendingApproval | stageApproved (hasMoreStages, asksForApprovers) -> pendingApproval: callApprovers, wait",
      "pendingApproval | stageApproved (hasMoreStages, not asksForApprovers) -> pendingApproval: openStage",
      "pendingApproval | stageApproved (not hasMoreStages, waitsWhenApproved) -> pendingApproval: callApproved, wait",
      "pendingApproval | stageApproved (not hasMoreStages, not waitsWhenApproved, startsLater) -> scheduled: callApproved, schedule",
      "pendingApproval | stageApproved (not hasMoreStages, not waitsWhenApproved, not startsLater) -> delivering: callApproved, deliver",
      "pendingApproval | stageDenied -> denied: closeStages",
      "pendingApproval | stageTimedOut -> denied: closeStages",
      "pendingApproval | stageEscalated -> pendingApproval",
      "pendingApproval | approversNamed -> pendingApproval: openStage",
      "pendingApproval | approversTimedOut -> pendingApproval: openStage",
      "pendingApproval | resumeApproved (startsLater) -> scheduled: schedule",
      "pendingApproval | resumeApproved (not startsLater) -> delivering: deliver",
      "pendingApproval | callbackDenied -> denied: closeStages",
      "pendingApproval | callbackCanceled -> canceled: closeStages",
      "pendingApproval | callbackTimedOut -> denied: closeStages",
      "pendingApproval | excluded -> denied",
      "pendingApproval | cancel -> canceled: closeStages",
      "delivering | deliveryDone (outcome all) -> delivered: keepAssignment, callGranted",
      "delivering | deliveryDone (outcome some) -> partiallyDelivered: keepAssignment, callGranted",
      "delivering | deliveryDone (outcome none) -> deliveryFailed",
      "deliveryFailed | reprocess -> delivering: deliver",
      "scheduled | startReached -> delivering: deliver",
      "scheduled | excluded -> denied",
      "scheduled | cancel -> canceled",
      "partiallyDelivered | reprocess -> delivering: deliver",
    ]
  `);
});

it('the conditions of a request are named', () => {
  expect([requestLife.name, requestLife.initial, ...requestLife.rows.flatMap(({ says }) => says ?? [])]).toMatchInlineSnapshot(`
    [
      "accessPackageAssignmentRequest",
      "submitted",
      "waits for an extension",
      "approvers are asked for",
      "approval needed",
      "waits for an extension",
      "starts later",
      "approvers are asked for",
      "approval needed",
      "waits for an extension",
      "starts later",
      "starts later",
      "approvers are asked for",
      "more stages",
      "waits for an extension",
      "starts later",
      "starts later",
      "all roles",
      "some roles",
    ]
  `);
});
