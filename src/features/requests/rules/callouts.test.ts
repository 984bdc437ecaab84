import { describe, expect, it } from 'vitest';
import { approversStage, waitsForCaller, type CalloutStage, type StageExtension } from '../../extensions/model.ts';
import { asksForApprovers, planCalls, waitsAt } from './callouts.ts';

const created: StageExtension = { stage: 'assignmentRequestCreated', extensionId: 'c', waitsFor: 'PT1H' };
const granted: StageExtension = { stage: 'assignmentRequestGranted', extensionId: 'g', waitsFor: 'PT2H' };
const approvers: StageExtension = { stage: approversStage, extensionId: 'a', waitsFor: null };
const extensions = [created, granted, approvers];

describe('a step that waits for an extension', () => {
  it('is one at whose stage an extension is waited for', () => {
    const at = (stage: CalloutStage, wish: 'Add' | 'Update' | 'Remove' = 'Add') => waitsAt(stage, { wish, extensions });
    expect([at('assignmentRequestCreated'), at('assignmentRequestCreated', 'Update'), at('assignmentRequestCreated', 'Remove'), at('assignmentRequestApproved'), at(approversStage)]).toEqual([true, true, false, false, false]);
    expect(waitsAt('assignmentRequestCreated', { wish: 'Add', extensions: [] })).toBe(false);
  });

  it('asks for approvers where one of several is for that', () => {
    expect([asksForApprovers({ isDynamic: true }, extensions), asksForApprovers({ isDynamic: true }, []), asksForApprovers({ isDynamic: false }, extensions), asksForApprovers(undefined, extensions)]).toEqual([true, false, false, false]);
  });
});

describe('the calls of a step', () => {
  const planned = (calls: readonly CalloutStage[], { waits = false, isNewlyGranted = true, wish = 'Add' }: { waits?: boolean; isNewlyGranted?: boolean; wish?: 'Add' | 'Remove' } = {}) =>
    planCalls({ calls, waits }, { wish, extensions, isNewlyGranted }).map(({ extensionId, waitsFor }) => [extensionId, waitsFor]);

  it('are those of its stages, in order, of which only the last is waited for', () => {
    expect(planned(['assignmentRequestCreated', 'assignmentRequestApproved', 'assignmentRequestGranted'])).toEqual([['c', null], ['g', null]]);
    expect(planned(['assignmentRequestCreated', 'assignmentRequestGranted'], { waits: true })).toEqual([['c', null], ['g', 'PT2H']]);
    expect(planned(['assignmentRequestCreated', approversStage], { waits: true })).toEqual([['c', null], ['a', waitsForCaller]]);
    expect(planned(['assignmentRequestCreated'], { waits: true })).toEqual([['c', 'PT1H']]);
  });

  it('tell of what is newly given only, and of the end of access nobody', () => {
    expect(planned(['assignmentRequestCreated', 'assignmentRequestGranted'], { isNewlyGranted: false })).toEqual([['c', null]]);
    expect(planned(['assignmentRequestCreated', 'assignmentRequestGranted'], { wish: 'Remove' })).toEqual([]);
  });
});
