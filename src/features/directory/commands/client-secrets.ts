/** Client secrets: made here, shown once, kept as a digest. */
import { createHash, randomBytes } from 'node:crypto';
import { refuse } from '../../../kernel/problem.ts';
import type { Command } from '../../../platform/graph/model.ts';
import { newId } from '../../../platform/ids.ts';
import { instantOf, recordOf, requiredText, textOf } from '../model/given.ts';
import { insertPassword, removeCredential } from '../store/credentials.ts';
import { auditWorkload, changeableWorkload } from './workload-access.ts';

/** 30 random bytes are 40 characters of base64url. */
const secretBytes = 30;
const hintLength = 3;
const defaultYears = 2;
/** The last year that four digits can say. */
const lastYear = 9999;

/** Adds a secret to an application, blueprint or service principal; never to an agent identity. */
export const addPassword: Command = async (work, input) => {
  const workload = await changeableWorkload(work, input.id, 'credentials');
  if (workload.type === 'agentIdentity') {
    refuse('ruleBroken', { field: 'passwordCredential', reason: 'An agent identity has no credentials of its own: it gets tokens through its blueprint. Add the secret to the blueprint.' });
  }
  const given = recordOf(input.body, 'passwordCredential') ?? {};
  const startsAt = instantOf(given, 'startDateTime') ?? work.now;
  const endsAt = instantOf(given, 'endDateTime') ?? yearsAfter(startsAt, defaultYears);
  if (endsAt.getUTCFullYear() > lastYear) refuse('invalidValue', { field: 'passwordCredential/endDateTime', reason: `name an end before the year ${lastYear + 1}` });
  if (endsAt <= startsAt || endsAt <= work.now) refuse('invalidValue', { field: 'passwordCredential/endDateTime', reason: 'the secret ends before it starts or has ended already' });
  const secretText = randomBytes(secretBytes).toString('base64url');
  const [keyId, hint, displayName] = [newId(), secretText.slice(0, hintLength), textOf(given, 'displayName') ?? null];
  await insertPassword(work.tx, { keyId, ownerId: workload.id, digest: createHash('sha256').update(secretText).digest(), hint, displayName, startsAt, endsAt });
  const shown = { keyId, displayName, hint, startDateTime: startsAt.toISOString(), endDateTime: endsAt.toISOString() };
  await auditWorkload(work, { activity: 'Add password credential', operation: 'Update', workload, category: 'KeyManagement', after: { keyId, displayName, endDateTime: shown.endDateTime } });
  return { answer: 'value', value: { ...shown, secretText, customKeyIdentifier: null } };
};

/** Removes a secret. */
export const removePassword: Command = async (work, input) => {
  const workload = await changeableWorkload(work, input.id, 'credentials');
  const keyId = requiredText(input.body, 'keyId');
  if (!(await removeCredential(work.tx, workload.id, { kind: 'password', keyId }))) refuse('ruleBroken', { field: 'keyId', reason: `No password credential has the keyId ${keyId}. Read passwordCredentials for those that are there.` });
  await auditWorkload(work, { activity: 'Remove password credential', operation: 'Update', workload, category: 'KeyManagement', before: { keyId } });
  return { answer: 'done' };
};

function yearsAfter(start: Date, years: number): Date {
  const end = new Date(start);
  end.setUTCFullYear(end.getUTCFullYear() + years);
  return end;
}
