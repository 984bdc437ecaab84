import { describe, expect, it } from 'vitest';
import { accessKinds, decisionKinds, type Item, type MailKind, type Said } from '../model.ts';
import { renderMail } from './render.ts';
import { wordMail } from './wording.ts';

const said: Said = {
  packageName: 'Payroll reader', requestorName: 'Ann Archer', targetName: 'Ann Archer', isByReader: true, isForReader: true, isForRequestor: true, want: 'grant', justification: 'month end',
  reason: null, startsAt: null, endsAt: '2026-12-31T23:59:30.000Z', isEndEstimated: false, decideBy: '2026-12-01T14:00:00+00:00', outcome: null, standsInFor: null, isPartial: false, mayExtend: false,
};
const publicUrl = 'https://access.example.com';
const item: Item = { kind: 'request', id: '0f0c1f0e-0000-4000-8000-000000000001' };
const word = (kind: MailKind, more: Partial<Said> = {}): readonly string[] => { const { title, sentences } = wordMail(kind, { said: { ...said, ...more }, item, publicUrl }); return [title, ...sentences]; };

const others = { isByReader: false, isForReader: false };
const forBot = { targetName: 'Robo', isForReader: false, isForRequestor: false };

describe('what those who decide read', () => {
  it('is who asks for what for whom until when and why, and what happens if nothing is done', () => {
    expect(renderMail(wordMail('decisionNeeded', { said: { ...said, ...others, ...forBot, isByReader: false, isEndEstimated: true }, item: { ...item, kind: 'approval' }, publicUrl })).text).toBe(`Please decide: Ann Archer asks for “Payroll reader”

Your decision is needed.
Ann Archer asks for “Payroll reader” for Robo.
Please approve or deny the request by 2026-12-01 14:00 UTC. If nobody does, it is denied by itself.

  Access package:      Payroll reader
  Asked for by:        Ann Archer
  For:                 Robo
  Ends:                2026-12-31 23:59 UTC, if it began at once
  Why it is asked for: month end
  To be decided by:    2026-12-01 14:00 UTC

The request that waits for a decision:
https://access.example.com/approvals/0f0c1f0e-0000-4000-8000-000000000001

--${' '}
You get this mail because you are asked to decide on requests. The link says how to see and do it, signed in as yourself; opening it decides nothing. Nobody reads answers to this address.
`);
  });

  it.each<[MailKind, Partial<Said>, readonly string[]]>([
    ['decisionNeeded', { want: 'change', standsInFor: 'Cy Moor', decideBy: null }, ['Please decide: Ann Archer asks for “Payroll reader”', 'Your decision is needed.', 'Ann Archer asks that the access to “Payroll reader” is changed.', 'You may decide in the place of Cy Moor, who has named you as a substitute.', 'Please approve or deny the request.']],
    ['decisionEscalated', {}, ['Passed on to you: Ann Archer asks for “Payroll reader”', 'Nobody has decided so far, so the request is passed on to you.', 'Ann Archer asks for “Payroll reader”.', 'Please approve or deny the request by 2026-12-01 14:00 UTC. If nobody does, it is denied by itself.']],
    ['decisionReassigned', { requestorName: null }, ['Now yours to decide: Somebody asks for “Payroll reader”', 'You are among those who decide on this request now.', 'Somebody asks for “Payroll reader”.', 'Please approve or deny the request by 2026-12-01 14:00 UTC. If nobody does, it is denied by itself.']],
    ['decisionReminder', { want: 'removal', targetName: null }, ['Reminder: Ann Archer asks for “Payroll reader”', 'A request still waits for your decision.', 'Ann Archer asks that the access of somebody to “Payroll reader” is taken away.', 'Please approve or deny the request by 2026-12-01 14:00 UTC. If nobody does, it is denied by itself.']],
    ['decisionNotNeeded', { outcome: 'approved' }, ['No longer needed: your decision on “Payroll reader” for Ann Archer', 'The request of Ann Archer has been approved by somebody else.', 'There is nothing left for you to do.']],
    ['decisionNotNeeded', { outcome: 'denied' }, ['No longer needed: your decision on “Payroll reader” for Ann Archer', 'The request of Ann Archer has been denied by somebody else.', 'There is nothing left for you to do.']],
    ['decisionNotNeeded', { outcome: 'timedOut' }, ['No longer needed: your decision on “Payroll reader” for Ann Archer', 'The request of Ann Archer was not decided in time.', 'There is nothing left for you to do.']],
    ['decisionNotNeeded', { outcome: null }, ['No longer needed: your decision on “Payroll reader” for Ann Archer', 'The request of Ann Archer has been withdrawn or has ended otherwise.', 'There is nothing left for you to do.']],
  ])('%s, %o', (kind, more, expected) => { expect(word(kind, { ...others, ...more })).toEqual(expected); });
});

describe('what those read who ask or have access', () => {
  it.each<[MailKind, Partial<Said>, readonly string[]]>([
    ['requestReceived', {}, ['Received: your request for “Payroll reader”', 'Your request has been received.', 'You will be told when it is decided. Nothing is needed from you meanwhile.']],
    ['requestReceived', { ...forBot, startsAt: '2026-12-01T00:00:00Z' }, ['Received: your request for “Payroll reader” for Robo', 'Your request for Robo has been received.', 'It takes effect at 2026-12-01 00:00 UTC at the earliest. Nothing is needed from you meanwhile.']],
    ['requestReceived', { isByReader: false, isForRequestor: false }, ['Received: a request for “Payroll reader” for you', 'The request of Ann Archer for you has been received.', 'You will be told when it is decided. Nothing is needed from you meanwhile.']],
    ['requestApproved', { startsAt: '2026-12-01T00:00:00Z' }, ['Approved: “Payroll reader”', 'Your request is accepted.', 'The access begins at 2026-12-01 00:00 UTC; you will be told.']],
    ['requestApproved', forBot, ['Approved: “Payroll reader” for Robo', 'Your request for Robo is accepted.']],
    ['requestDenied', { reason: 'not this year' }, ['Denied: “Payroll reader”', 'Your request has been denied.', 'The reason: not this year']],
    ['requestDenied', {}, ['Denied: “Payroll reader”', 'Your request has been denied.']],
    ['requestExpired', { reason: 'Nobody decided.' }, ['Not decided in time: “Payroll reader”', 'Your request has been denied because there was no decision.', 'The reason: Nobody decided.', 'If the access is still needed, ask again.']],
    ['requestCanceled', forBot, ['Cancelled: the request for “Payroll reader” for Robo', 'Your request for Robo has been cancelled by somebody else.']],
    ['deliveryFailed', { reason: 'The group is gone.' }, ['Could not be carried out: the request for “Payroll reader”', 'Your request could not be carried out.', 'The reason: The group is gone.', 'The administrators of the catalog can try again.']],
    ['accessDelivered', {}, ['You now have “Payroll reader”', 'You have access to “Payroll reader” until 2026-12-31 23:59 UTC.']],
    ['accessDelivered', { ...forBot, endsAt: 'never', isPartial: true }, ['Robo now has “Payroll reader”', 'Robo has access to “Payroll reader”.', 'Not everything could be given yet.']],
    ['accessDelivered', { endsAt: null, isPartial: true, reason: 'A role is gone.' }, ['You now have “Payroll reader”', 'You have access to “Payroll reader”.', 'Not everything could be given yet: A role is gone.']],
    ['accessBegins', {}, ['It begins: Your access to “Payroll reader”', 'As arranged, you have access to “Payroll reader” from now until 2026-12-31 23:59 UTC.']],
    ['accessBegins', forBot, ['It begins: The access of Robo to “Payroll reader”', 'As arranged, Robo has access to “Payroll reader” from now until 2026-12-31 23:59 UTC.']],
    ['accessExtended', {}, ['Changed: Your access to “Payroll reader”', 'Your access to “Payroll reader” holds until 2026-12-31 23:59 UTC.']],
    ['accessExtended', { endsAt: 'never' }, ['Changed: Your access to “Payroll reader”', 'Your access to “Payroll reader” has no end now.']],
    ['accessEndsSoon', { mayExtend: true }, ['Your access to “Payroll reader” ends soon', 'Your access to “Payroll reader” ends at 2026-12-31 23:59 UTC.', 'If it is still needed, ask for more time before then. If nothing is done, it ends by itself.']],
    ['accessEndsSoon', forBot, ['The access of Robo to “Payroll reader” ends soon', 'The access of Robo to “Payroll reader” ends at 2026-12-31 23:59 UTC.', 'It ends by itself; nothing needs to be done.']],
    ['accessEnded', {}, ['Your access to “Payroll reader” has ended', 'Your access to “Payroll reader” has reached its end.', 'If it is still needed, a new request can be made.']],
    ['accessRemoved', { reason: 'moved' }, ['Your access to “Payroll reader” was removed', 'Your access to “Payroll reader” has been taken away.', 'The reason: moved']],
  ])('%s, %o', (kind, more, expected) => { expect(word(kind, more)).toEqual(expected); });

  it('is the facts at a glance, without those that are not known', () => {
    const facts = (kind: MailKind, more: Partial<Said>): unknown => Object.fromEntries(wordMail(kind, { said: { ...said, ...more }, item, publicUrl }).facts);
    expect(facts('accessDelivered', { startsAt: '2026-11-24T08:00:00Z', justification: null })).toEqual({ 'Access package': 'Payroll reader', 'Asked for by': 'Ann Archer', For: 'Ann Archer', Begins: '2026-11-24 08:00 UTC', Ends: '2026-12-31 23:59 UTC' });
    expect(facts('accessDelivered', { endsAt: 'never', requestorName: null, targetName: '' })).toEqual({ 'Access package': 'Payroll reader', Ends: 'never', 'Why it is asked for': 'month end' });
    expect(facts('accessRemoved', { endsAt: 'never' })).not.toHaveProperty('Ends');
    expect(facts('requestReceived', { want: 'removal', endsAt: 'never' })).not.toHaveProperty('Ends');
    expect(facts('decisionNotNeeded', {})).not.toHaveProperty('To be decided by');
    expect(facts('decisionReminder', { decideBy: null, endsAt: null })).toEqual({ 'Access package': 'Payroll reader', 'Asked for by': 'Ann Archer', For: 'Ann Archer', 'Why it is asked for': 'month end' });
  });

  it('leads to the item, under its stable address', () => {
    const kinds: readonly Item['kind'][] = ['request', 'approval', 'assignment'];
    expect(kinds.map((kind) => wordMail('accessEnded', { said, item: { kind, id: 'x' }, publicUrl: 'https://h/gate' }).link)).toEqual([
      { says: 'The request', address: 'https://h/gate/requests/x' }, { says: 'The request that waits for a decision', address: 'https://h/gate/approvals/x' }, { says: 'The access', address: 'https://h/gate/assignments/x' },
    ]);
  });

  it('says why one gets it', () => {
    for (const kind of decisionKinds) expect(wordMail(kind, { said, item, publicUrl }).footer).toContain('asked to decide');
    for (const kind of accessKinds) expect(wordMail(kind, { said, item, publicUrl }).footer).toContain('you asked for access, have it, or answer for an agent');
  });
});
