import { describe, expect, it } from 'vitest';
import { allow, decideBy, deny, sentences } from './decision.ts';

const [one, other] = [{ code: 'one', message: 'One.' }, { code: 'other', message: 'Other.', target: 'x' }];

describe('a decision', () => {
  it('is a yes with its outcome, or a no with every reason in its order', () => {
    expect(allow('value')).toEqual({ ok: true, value: 'value' });
    expect(deny(one)).toEqual({ ok: false, reasons: [one] });
    expect(deny(one, other)).toEqual({ ok: false, reasons: [one, other] });
  });
  it('is a yes where there is no reason against it', () => {
    expect(decideBy([], 'value')).toEqual({ ok: true, value: 'value' });
    expect(decideBy([other, one], 'value')).toEqual({ ok: false, reasons: [other, one] });
  });
  it('is told in one paragraph', () => {
    expect(sentences([one, other])).toBe('One. Other.');
    expect(sentences([])).toBe('');
  });
});
