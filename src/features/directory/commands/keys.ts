/** Public keys of applications and service principals: replaced in a PATCH, or rolled over with a proof. */
import { decodeJwt, importJWK, jwtVerify } from 'jose';
import { refuse } from '../../../kernel/problem.ts';
import type { Command, GraphWork, Json } from '../../../platform/graph/model.ts';
import { newId } from '../../../platform/ids.ts';
import { instantOf, recordOf, recordsOf, requiredText, textOf } from '../model/given.ts';
import { insertKey, listKeyIds, listKeys, removeCredential, type NewKey } from '../store/credentials.ts';
import { readPublicKey } from './key-material.ts';
import { auditWorkload, livingWorkload } from './workload-access.ts';

const noChange = { before: {}, after: {} } as const;
/** Graph's audience of a proof of possession. */
const proofAudience = '00000002-0000-0000-c000-000000000000';
const longestProofSeconds = 600;

/** Sets `keyCredentials`, when the body names them: entries with a known keyId stay, others are new, missing ones go. */
export async function setKeys(work: GraphWork, ownerId: string, body: Json): Promise<{ readonly before: Json; readonly after: Json }> {
  const given = recordsOf(body, 'keyCredentials');
  if (given === undefined) return noChange;
  const known = await listKeyIds(work.tx, ownerId);
  const kept = given.filter((key) => known.includes(requiredText(key, 'keyId')) && textOf(key, 'key') === undefined).map((key) => requiredText(key, 'keyId'));
  const added = given.filter((key) => !kept.includes(requiredText(key, 'keyId'))).map((key, index) => newKey(work, ownerId, { given: key, field: `keyCredentials[${index}]/key` }));
  for (const keyId of known.filter((id) => !kept.includes(id))) await removeCredential(work.tx, ownerId, { kind: 'key', keyId });
  for (const key of added) await insertKey(work.tx, key);
  return { before: { keyCredentials: known }, after: { keyCredentials: [...kept, ...added.map((key) => key.keyId)] } };
}

function newKey(work: GraphWork, ownerId: string, { given, field }: { readonly given: Json; readonly field: string }): NewKey {
  const base64 = textOf(given, 'key');
  if (base64 === undefined) return refuse('missingProperty', { field, mend: 'Send the certificate or public key in base64, or the keyId of a key that is there already.' });
  const { jwk, thumbprint, validFrom, validTo } = readPublicKey(base64, field);
  const startsAt = instantOf(given, 'startDateTime') ?? validFrom ?? work.now;
  const endsAt = instantOf(given, 'endDateTime') ?? validTo ?? new Date(Date.UTC(work.now.getUTCFullYear() + 1, work.now.getUTCMonth(), work.now.getUTCDate()));
  if (endsAt <= startsAt || endsAt <= work.now) refuse('invalidValue', { field: field.replace(/key$/, 'endDateTime'), reason: 'the key ends before it starts or has ended already' });
  const data = { displayName: textOf(given, 'displayName') ?? null, type: textOf(given, 'type') ?? 'AsymmetricX509Cert', usage: textOf(given, 'usage') ?? 'Verify' };
  return { keyId: newId(), ownerId, publicJwk: jwk, thumbprint, startsAt, endsAt, data };
}

/** Adds a key; the proof is a JWT that a key which is there already has signed. The object itself is its right: no permission is asked. */
export const addKey: Command = async (work, input) => {
  const workload = await livingWorkload(work, input.id);
  if (workload.type === 'agentIdentity') refuse('ruleBroken', { field: 'keyCredential', reason: 'An agent identity has no credentials of its own: add them to its blueprint.' });
  await requireProof(work, workload.id, requiredText(input.body, 'proof'));
  const key = newKey(work, workload.id, { given: recordOf(input.body, 'keyCredential') ?? {}, field: 'keyCredential/key' });
  await insertKey(work.tx, key);
  await auditWorkload(work, { activity: 'Add key credential', operation: 'Update', workload, category: 'KeyManagement', after: { keyId: key.keyId } });
  return { answer: 'value', value: { ...key.data, keyId: key.keyId, customKeyIdentifier: key.thumbprint, key: null, startDateTime: key.startsAt.toISOString(), endDateTime: key.endsAt.toISOString() } };
};

/** Removes a key; with a proof as for {@link addKey}. */
export const removeKey: Command = async (work, input) => {
  const workload = await livingWorkload(work, input.id);
  const keyId = requiredText(input.body, 'keyId');
  await requireProof(work, workload.id, requiredText(input.body, 'proof'));
  if (!(await removeCredential(work.tx, workload.id, { kind: 'key', keyId }))) refuse('notFound', { value: keyId });
  await auditWorkload(work, { activity: 'Remove key credential', operation: 'Update', workload, category: 'KeyManagement', before: { keyId } });
  return { answer: 'done' };
};

/** Graph: "Generating proof of possession tokens for rolling keys". The issuer is the object's id; it lives ten minutes at most. */
async function requireProof(work: GraphWork, ownerId: string, proof: string): Promise<void> {
  for (const { publicJwk } of await listKeys(work.tx, ownerId, work.now)) {
    if (await isProvenBy(publicJwk, { proof, ownerId, now: work.now })) return;
  }
  refuse('forbidden', { reason: `The proof is not valid. Send a JWT with iss ${ownerId}, aud ${proofAudience}, nbf and exp at most ten minutes apart, signed by a key of this object.` });
}

async function isProvenBy(jwk: Record<string, unknown>, { proof, ownerId, now }: { readonly proof: string; readonly ownerId: string; readonly now: Date }): Promise<boolean> {
  try {
    const { nbf, exp } = decodeJwt(proof);
    if (nbf === undefined || exp === undefined || exp - nbf > longestProofSeconds) return false;
    const algorithms = jwk['kty'] === 'RSA' ? ['RS256', 'PS256'] : [`ES${String(jwk['crv']).slice(-3).replace('521', '512')}`];
    await jwtVerify(proof, await importJWK(jwk, algorithms[0]), { issuer: ownerId, audience: proofAudience, currentDate: now, algorithms });
    return true;
  } catch {
    return false;
  }
}
