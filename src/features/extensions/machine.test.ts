import { expect, it } from 'vitest';
import { tellLife } from '../../../test/support/life-text.ts';
import { calloutLife } from './machine.ts';

it('the life of a call', () => {
  expect(tellLife(calloutLife, { waits: [true, false], hasRetries: [true, false] })).toMatchInlineSnapshot(`
    [
      "pending | answered (waits) -> waitingForCallback: leaveQueue",
      "pending | answered (not waits) -> calloutSent: leaveQueue",
      "pending | failed (hasRetries) -> pending: tryAgain",
      "pending | failed (not hasRetries) -> calloutFailed: leaveQueue",
      "pending | callback -> callbackReceived: leaveQueue",
      "pending | timeOut -> callbackTimedOut: leaveQueue",
      "pending | abandon -> calloutFailed: leaveQueue",
      "waitingForCallback | callback -> callbackReceived",
      "waitingForCallback | timeOut -> callbackTimedOut",
      "waitingForCallback | abandon -> callbackTimedOut",
      "calloutFailed | callback -> callbackReceived",
      "calloutFailed | timeOut -> callbackTimedOut",
      "calloutFailed | abandon -> calloutFailed",
    ]
  `);
  expect([calloutLife.name, calloutLife.initial, ...calloutLife.final, ...calloutLife.rows.flatMap(({ says }) => says ?? [])]).toMatchInlineSnapshot(`
    [
      "customExtensionCalloutInstance",
      "pending",
      "calloutSent",
      "callbackReceived",
      "callbackTimedOut",
      "waits",
      "tries left",
    ]
  `);
});
