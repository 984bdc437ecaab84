import { describe, expect, it } from 'vitest';
import { parseApprovalStage } from '../../policies/model.ts';
import { firstOf, nextReminder, stageTimes } from './stage-times.ts';

const opened = new Date('2026-01-31T10:00:00.500Z');
const named = { '@odata.type': '#microsoft.graph.singleUser', userId: 'u' };
const times = (more: Record<string, unknown> = {}) => stageTimes(parseApprovalStage({ primaryApprovers: [named], ...more }), opened);

describe('the times of a stage', () => {
  it.each([
    ['PT30M', '2026-01-31T10:30:00.500Z'], ['PT36H', '2026-02-01T22:00:00.500Z'], ['P14D', '2026-02-14T10:00:00.500Z'], ['P1M', '2026-02-28T10:00:00.500Z'], [undefined, '2026-02-14T10:00:00.500Z'],
  ])('end exactly after %s', (durationBeforeAutomaticDenial, at) => {
    expect(times({ durationBeforeAutomaticDenial }).dueAt.toISOString()).toBe(at);
  });

  it('escalate at any time within the stage, when that is on', () => {
    const escalating = (durationBeforeEscalation: string, isEscalationEnabled = true) => times({ durationBeforeAutomaticDenial: 'PT30M', isEscalationEnabled, durationBeforeEscalation }).escalatesAt?.toISOString() ?? null;
    expect([escalating('PT1M'), escalating('PT29M'), escalating('PT30M'), escalating('PT1M', false)]).toEqual(['2026-01-31T10:01:00.500Z', '2026-01-31T10:29:00.500Z', null, null]);
  });

  it('find out again who decides, but for named people', () => {
    expect(times().recheckAt).toBeNull();
    expect(times({ fallbackPrimaryApprovers: [{ '@odata.type': '#microsoft.graph.requestorManager', managerLevel: 1 }] }).recheckAt).toEqual(new Date(opened.getTime() + 10_000));
  });

  it.each([
    ['P14D', ['P7D', 'P13D']], ['P3D', ['PT36H', 'P2D']], ['P2D', ['P1D']], ['PT47H', ['PT23.5H', 'PT42.3H']], ['PT30M', ['PT15M', 'PT27M']],
  ])('remind within %s twice, or once where both are one', (durationBeforeAutomaticDenial, after) => {
    const { dueAt, remindAt } = times({ durationBeforeAutomaticDenial });
    const hours = (span: string): number => { const found = /^PT?([\d.]+)([DHM])$/.exec(span); return Number(found?.[1]) * ({ D: 24, H: 1, M: 1 / 60 }[found?.[2] ?? 'H'] ?? 1); };
    const given: Date[] = [];
    for (let at = remindAt; at !== null; at = nextReminder({ openedAt: opened, dueAt }, at)) given.push(at);
    expect(given.map((at) => Math.round((at.getTime() - opened.getTime()) / 1000))).toEqual(after.map((span) => Math.round(hours(span) * 3600)));
  });

  it('are looked at when the first of them comes', () => {
    const at = (day: number): Date => new Date(Date.UTC(2026, 0, day));
    expect(firstOf({ dueAt: at(9), escalatesAt: null, remindAt: null, recheckAt: at(1) })).toEqual(at(9));
    expect(firstOf({ dueAt: at(9), escalatesAt: at(3), remindAt: at(5), recheckAt: null })).toEqual(at(3));
    expect(firstOf({ dueAt: at(9), escalatesAt: at(7), remindAt: at(5), recheckAt: null })).toEqual(at(5));
  });
});
