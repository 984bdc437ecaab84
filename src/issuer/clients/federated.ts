/** A client assertion of another issuer: a federated identity credential, as for a pipeline that has its own identity. */
import { errors, jwtVerify, type JWTVerifyGetKey } from 'jose';
import { deny } from '../oauth-error.ts';
import { assertionAlgorithms, clockToleranceSeconds, type ReadAssertion } from './assertion.ts';
import type { RemoteKeys } from './remote-keys.ts';
import type { Client, FederatedIdentity } from './store.ts';

/** The client's federated credential that the assertion speaks for: issuer and subject agree to the letter. */
export function findFederated(client: Client, { claims }: ReadAssertion): FederatedIdentity | undefined {
  return client.federated.find(({ issuer, subject }) => issuer === claims.iss && subject === claims.sub);
}

/** Verifies it with the issuer's keys, which are fetched when they are not remembered. Refuses `badAssertion`. */
export async function verifyFederated(identity: FederatedIdentity, { token }: ReadAssertion, remote: RemoteKeys): Promise<void> {
  const verify = async (again: boolean): Promise<void> => {
    const keys = await remote.find(identity.issuer, again).catch((error: unknown) => deny('badAssertion', { reason: `the issuer ${identity.issuer} cannot be asked: ${error instanceof Error ? error.message : 'no answer'}` }));
    await verifyWith(keys, identity, token);
  };
  try {
    await verify(false).catch(async (error: unknown) => {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await verify(true);
    });
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error;
    deny('badAssertion', { reason: reasonOf(error) });
  }
}

async function verifyWith(keys: JWTVerifyGetKey, { issuer, subject, audiences }: FederatedIdentity, token: string): Promise<void> {
  await jwtVerify(token, keys, {
    issuer, subject, audience: [...audiences], algorithms: [...assertionAlgorithms], clockTolerance: clockToleranceSeconds, requiredClaims: ['exp', 'aud'],
  });
}

function reasonOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'it has expired';
  if (error instanceof errors.JWTClaimValidationFailed) return `the claim ${error.claim} is not right`;
  if (error instanceof errors.JWKSNoMatchingKey) return 'its issuer has no such key';
  return 'its signature is not valid';
}
