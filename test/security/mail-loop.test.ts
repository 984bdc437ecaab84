/** Whoever asks and takes back in a loop does not fill anybody's mailbox. */
import { expect, it } from 'vitest';
import { cancelRequest } from '../../src/features/requests/commands/change.ts';
import { testDatabase } from '../support/database.ts';
import { approvedBy, as } from '../support/lifecycle.ts';
import { mailsNow, TellingHouse } from '../support/mail.ts';

const house = await TellingHouse.open((await testDatabase()).databaseUrl);

it('an approver is told five times an hour that the same is asked for, and of others as ever', async () => {
  const [ann, bob, cy] = [await house.newPerson('Ann'), await house.newPerson('Bob'), await house.newPerson('Cy')];
  const box = await house.offer({ approval: approvedBy([[cy.principalId]]) });
  const sent: string[] = [];
  for (let nth = 0; nth < 8; nth++) {
    const id = await house.request(ann, box);
    sent.push(...(await house.office.post()).filter((mail) => mail.startsWith('cy:')));
    await as(house.db, { caller: ann }, async (work) => { await cancelRequest(work, id); });
    sent.push(...(await house.office.post()).filter((mail) => mail.startsWith('cy:')));
  }
  // Five questions, and five times that there is none any more.
  expect(sent).toHaveLength(10);
  expect((await mailsNow(house.db)).filter(({ kind, state }) => kind === 'decisionNeeded' && state === 'withheld')).toHaveLength(3);
  await house.request(bob, box);
  await house.request(ann, await house.offer({ approval: approvedBy([[cy.principalId]]) }));
  expect((await house.office.post()).filter((mail) => mail.startsWith('cy:'))).toHaveLength(2);
});
