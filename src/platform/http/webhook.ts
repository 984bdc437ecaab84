/**
 * Signatures of what this server sends, as Standard Webhooks words them (standardwebhooks.com, version 1a: Ed25519). Receivers
 * need no secret: the public key is published.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import type { FastifyInstance } from 'fastify';

/** Signs what is sent. */
export interface WebhookSigner {
  /** Headers that prove a body: `webhook-id` names the message (the same each time it is sent), `webhook-timestamp` says when. */
  headersFor(id: string, body: string, now: Date): Readonly<Record<string, string>>;
  /** Published: the key as a JWK set, and as Standard Webhooks writes it. */
  readonly published: WebhookKeys;
}

/** What receivers read. */
export interface WebhookKeys {
  readonly keys: readonly Readonly<Record<string, unknown>>[];
  /** `whpk_` and the key in base64, the current one first. */
  readonly standardWebhooks: readonly string[];
}

/** Address of the public keys. */
export const webhookKeysPath = '/.well-known/webhook-keys.json';

/** A new private key as text (PKCS #8, PEM), to be stored. */
export const newWebhookKey = (): string => generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();

/** Signs with a key that was stored. */
export function webhookSigner(pem: string): WebhookSigner {
  const key = createPrivateKey(pem);
  return { headersFor: (id, body, now) => headers(key, { id, body, seconds: Math.floor(now.getTime() / 1000) }), published: publishedKeys(key) };
}

function headers(key: KeyObject, { id, body, seconds }: { readonly id: string; readonly body: string; readonly seconds: number }): Readonly<Record<string, string>> {
  const signature = sign(null, Buffer.from(`${id}.${seconds}.${body}`), key).toString('base64');
  return { 'webhook-id': id, 'webhook-timestamp': String(seconds), 'webhook-signature': `v1a,${signature}` };
}

function publishedKeys(key: KeyObject): WebhookKeys {
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' });
  return { keys: [{ kty: 'OKP', crv: 'Ed25519', x, use: 'sig', alg: 'EdDSA' }], standardWebhooks: [`whpk_${Buffer.from(x, 'base64url').toString('base64')}`] };
}

/** Publishes the keys. */
export function mountWebhookKeys(app: FastifyInstance, keys: WebhookKeys): void {
  app.get(webhookKeysPath, async (_request, reply) => await reply.header('access-control-allow-origin', '*').header('cache-control', 'public, max-age=300').send(keys));
}
