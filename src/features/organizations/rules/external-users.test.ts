import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lifecycleActions, subjectLifecycles, type ExternalUserSettings } from '../model.ts';
import { settingsFromBody, settingsToBeta } from './beta.ts';
import { decideFate, durationReasons, type ExternalUser } from './external-users.ts';

const now = new Date('2030-01-31T00:00:00Z');
const settings: ExternalUserSettings = { externalUserLifecycleAction: 'blockSignInAndDelete', durationUntilExternalUserDeletedAfterBlocked: 'P30D' };
const leaving: ExternalUser = { lifecycle: 'governed', isGuest: true, isDeleted: false, isEnabled: true, hasAccess: false, blockedAt: null };
const blocked = (at: string): ExternalUser => ({ ...leaving, isEnabled: false, blockedAt: new Date(at) });

describe('a guest without access', () => {
  it('is blocked, and deleted when the time is over, to the second', () => {
    expect(decideFate(leaving, settings, now)).toEqual({ act: 'block', dueAt: new Date('2030-03-02T00:00:00Z') });
    expect(decideFate(blocked('2030-01-01T00:00:01Z'), settings, now)).toEqual({ act: 'wait', dueAt: new Date('2030-01-31T00:00:01Z') });
    expect(decideFate(blocked('2030-01-01T00:00:00Z'), settings, now)).toEqual({ act: 'delete' });
  });

  it('is only blocked, or nothing at all, when the settings say so', () => {
    expect(decideFate(leaving, { ...settings, externalUserLifecycleAction: 'blockSignIn' }, now)).toEqual({ act: 'block', dueAt: null });
    expect(decideFate(blocked('2029-01-01T00:00:00Z'), { ...settings, externalUserLifecycleAction: 'blockSignIn' }, now)).toEqual({ act: 'forget' });
    expect(decideFate(leaving, { ...settings, externalUserLifecycleAction: 'none' }, now)).toEqual({ act: 'forget' });
  });

  it('is never touched unless governed, a guest, without access and still there; one that somebody enabled is not deleted', () => {
    const user = fc.record({
      lifecycle: fc.constantFrom(...subjectLifecycles), isGuest: fc.boolean(), isDeleted: fc.boolean(), isEnabled: fc.boolean(), hasAccess: fc.boolean(),
      blockedAt: fc.option(fc.date({ min: new Date('2029-01-01'), max: now, noInvalidDate: true })),
    });
    fc.assert(fc.property(user, fc.constantFrom(...lifecycleActions), (one, externalUserLifecycleAction) => {
      const { act } = decideFate(one, { ...settings, externalUserLifecycleAction }, now);
      const isOurs = one.lifecycle === 'governed' && one.isGuest && !one.isDeleted && !one.hasAccess && externalUserLifecycleAction !== 'none';
      if (!isOurs) expect(act).toBe('forget');
      if (act === 'delete') expect(!one.isEnabled && one.blockedAt !== null && externalUserLifecycleAction === 'blockSignInAndDelete').toBe(true);
      if (act === 'block') expect(one.blockedAt).toBeNull();
    }));
  });
});

it.each([['P30D', 0], ['P0D', 0], ['PT1H', 0], ['P3660D', 0], ['P3661D', 1], ['soon', 1], ['P999999Y', 1]])('the duration %s', (text, reasons) => {
  expect(durationReasons(text)).toHaveLength(reasons);
});

it('beta counts days', () => {
  expect(settingsFromBody({ daysUntilExternalUserDeletedAfterBlocked: 7 })).toEqual({ durationUntilExternalUserDeletedAfterBlocked: 'P7D' });
  expect(settingsFromBody({ daysUntilExternalUserDeletedAfterBlocked: -1 })).toEqual({ durationUntilExternalUserDeletedAfterBlocked: -1 });
  expect(settingsToBeta({ daysUntilExternalUserDeletedAfterBlocked: 'PT36H' })).toEqual({ daysUntilExternalUserDeletedAfterBlocked: 2 });
  for (const same of [{}, { externalUserLifecycleAction: 'none' }]) expect([settingsFromBody(same), settingsToBeta(same)]).toEqual([same, same]);
});
