import { describe, expect, it } from 'vitest';
import type { UploadSession } from '../model.ts';
import { contextOf, expiryOf, refuseDeleting, refuseFile, refuseWriting, statusOf } from './session.ts';

const now = new Date('2026-11-24T10:00:00Z');
const before = new Date(now.getTime() - 1);
const open: UploadSession = { id: 's', resourceId: 'r', resourceName: 'System', catalogId: 'c', referenceId: 'x', isUploadDone: false, expiresAt: now, filesUploaded: 0, totalBytesUploaded: 0 };
const done: UploadSession = { ...open, isUploadDone: true };

describe('a session', () => {
  it('is active until its time, to the millisecond, and complete for ever', () => {
    expect([statusOf(open, before), statusOf(open, now), statusOf(done, before), statusOf(done, now)]).toEqual(['active', 'expired', 'complete', 'complete']);
    expect(expiryOf(now)).toEqual(new Date('2026-11-24T12:00:00Z'));
  });

  it('is written into while it is active', () => {
    expect(refuseWriting(open, before)).toBeUndefined();
    expect(refuseWriting(open, now)).toEqual({ code: 'sessionExpired', target: 'status', message: 'The upload session took files for 2 hours and is expired. Delete it and create a new one.' });
    expect(refuseWriting(done, before)).toEqual({ code: 'sessionComplete', target: 'status', message: 'The upload session is complete: its data is what the review is about. Upload for another instance of the review.' });
  });

  it('takes ten files', () => {
    expect(refuseFile({ ...open, filesUploaded: 9 })).toBeUndefined();
    expect(refuseFile({ ...open, filesUploaded: 10 })).toEqual({ code: 'tooManyFiles', target: 'files', message: 'A session holds 10 files. Complete it, or delete it and upload fewer.' });
  });

  it('is deleted unless a review was made of it', () => {
    expect(refuseDeleting(open)).toBeUndefined();
    expect(refuseDeleting(done)).toEqual({ code: 'sessionComplete', target: 'status', message: 'The upload session is complete and its data is what the review is about. It goes with its resource.' });
  });

  it('is for one instance of a review', () => {
    const data = { reviewDefinitionId: 'd', reviewInstanceId: ' i ' };
    expect(contextOf(data)).toEqual({ data, referenceId: 'i' });
  });
  it.each([
    {}, { reviewDefinitionId: 'd' }, { reviewInstanceId: 'i' }, { reviewDefinitionId: ' ', reviewInstanceId: 'i' }, { reviewDefinitionId: 'd', reviewInstanceId: ' ' }, { reviewDefinitionId: 1, reviewInstanceId: 2 },
  ])('is for none where a body names none: %j', (data) => { expect(contextOf(data)).toBeUndefined(); });
});
