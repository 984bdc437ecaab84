import { expect, it } from 'vitest';
import { tellLife } from '../../../test/support/life-text.ts';
import { mailLife } from './machine.ts';

it('the life of a mail', () => {
  expect(tellLife(mailLife, { mayPass: [true, false] })).toMatchInlineSnapshot(`
    [
      "queued | accepted -> sent: forget",
      "queued | refused (mayPass) -> queued: tryAgain",
      "queued | refused (not mayPass) -> failed: forget",
      "queued | withhold -> withheld: forget",
    ]
  `);
  expect([mailLife.name, mailLife.initial, ...mailLife.final, ...mailLife.rows.flatMap(({ says }) => says ?? [])]).toMatchInlineSnapshot(`
    [
      "mail",
      "queued",
      "sent",
      "failed",
      "withheld",
      "may pass",
    ]
  `);
});
