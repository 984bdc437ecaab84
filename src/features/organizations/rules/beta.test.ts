import { describe, expect, it } from 'vitest';
import { settingsFromBody, settingsToBeta } from './beta.ts';

const [duration, days] = ['durationUntilExternalUserDeletedAfterBlocked', 'daysUntilExternalUserDeletedAfterBlocked'];

describe('settings in beta’s words', () => {
  it.each([[0, 'P0D'], [30, 'P30D'], [-1, -1], [1.5, 1.5], ['30', '30'], [null, null]])('%j days are read as %j', (given, read) => {
    expect(settingsFromBody({ externalUserLifecycleAction: 'none', [days]: given })).toStrictEqual({ externalUserLifecycleAction: 'none', [duration]: read });
  });
  it('that say nothing of days are read as they are', () => {
    const body = { [duration]: 'P30D' };
    expect(settingsFromBody(body)).toBe(body);
  });
  it('are told in whole days, rounded up', () => {
    expect(settingsToBeta({ id: 's', [days]: 'P30D' })).toEqual({ id: 's', [days]: 30 });
    expect(settingsToBeta({ [days]: 'PT25H' })).toEqual({ [days]: 2 });
    for (const entity of [{ id: 's' }, { [days]: null }]) expect(settingsToBeta(entity)).toBe(entity);
  });
});
