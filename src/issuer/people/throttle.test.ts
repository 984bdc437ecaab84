import { expect, it } from 'vitest';
import { SignInThrottle } from './throttle.ts';

it('lets ten failures pass, then waits longer and longer, for that key only', () => {
  const throttle = new SignInThrottle();
  for (let count = 0; count < 10; count++) {
    expect(throttle.secondsToWait('a', 0)).toBe(0);
    throttle.fail('a', 0);
  }
  expect([throttle.secondsToWait('a', 0), throttle.secondsToWait('a', 5_000), throttle.secondsToWait('b', 0)]).toEqual([5, 0, 0]);
  throttle.fail('a', 5_000);
  expect([throttle.secondsToWait('a', 5_000), throttle.secondsToWait('a', 1_000_000)]).toEqual([10, 0]);
  throttle.fail('a', 6_000);
  throttle.succeed('a');
  expect(throttle.secondsToWait('a', 6_000)).toBe(0);
});
