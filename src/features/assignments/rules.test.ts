import { describe, expect, it } from 'vitest';
import { assignmentStates } from './machine.ts';
import { passDelivery, passWithout } from './rules.ts';

describe('an assignment', () => {
  it('begins with what could be delivered, and not at all with nothing', () => {
    const first = (outcome: 'all' | 'some' | 'none') => { const taken = passDelivery(undefined, outcome); return [taken?.state, taken?.status, taken?.writesGrants, taken?.moves.length]; };
    expect(first('all')).toEqual(['delivered', 'Delivered', true, 1]);
    expect(first('some')).toEqual(['partiallyDelivered', 'PartiallyDelivered', true, 1]);
    expect(first('none')).toEqual(['deliveryFailed', 'DeliveryFailed', false, 1]);
  });

  it('that is given again keeps what it had, and passes through delivering', () => {
    expect(passDelivery('delivered', 'none')?.state).toBe('partiallyDelivered');
    expect(passDelivery('partiallyDelivered', 'all')?.moves).toEqual([
      { from: 'partiallyDelivered', to: 'delivering', event: 'reprocess' }, { from: 'delivering', to: 'delivered', event: 'deliveryDone' },
    ]);
  });

  it('ends once, and what has ended neither moves its end nor is given again', () => {
    const possible = (event: 'end' | 'changeEnd') => assignmentStates.filter((state) => passWithout(state, event) !== undefined);
    expect(possible('end')).toEqual(['delivering', 'partiallyDelivered', 'delivered']);
    expect(possible('changeEnd')).toEqual(['partiallyDelivered', 'delivered']);
    expect(assignmentStates.filter((state) => passDelivery(state, 'all') !== undefined)).toEqual(['partiallyDelivered', 'delivered']);
    expect(passWithout('delivered', 'end')).toMatchObject({ was: 'delivered', state: 'expired', settlesGrants: true, writesGrants: false });
    expect(passDelivery(undefined, 'all')).toMatchObject({ settlesGrants: false });
    expect(passWithout('delivered', 'changeEnd')).toMatchObject({ state: 'delivered', settlesGrants: true, writesGrants: false });
  });
});
