import { createPublicKey, verify } from 'node:crypto';
import { expect, it } from 'vitest';
import { newWebhookKey, webhookSigner } from './webhook.ts';

it('signs as Standard Webhooks verifies: id, time and body, with the published key', () => {
  const signer = webhookSigner(newWebhookKey());
  const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signature } = signer.headersFor('msg_1', '{"a":1}', new Date('2026-01-01T00:00:00.900Z'));
  const [jwk] = signer.published.keys;
  const key = createPublicKey({ key: { ...jwk }, format: 'jwk' });
  const isSigned = (text: string): boolean => verify(null, Buffer.from(text), key, Buffer.from(signature?.split(',')[1] ?? '', 'base64'));
  expect([id, time, signature?.split(',')[0]]).toEqual(['msg_1', '1767225600', 'v1a']);
  expect([isSigned('msg_1.1767225600.{"a":1}'), isSigned('msg_2.1767225600.{"a":1}'), isSigned('msg_1.1767225601.{"a":1}')]).toEqual([true, false, false]);
  expect(signer.published.standardWebhooks).toEqual([`whpk_${Buffer.from(String(jwk?.['x']), 'base64url').toString('base64')}`]);
  expect(jwk).not.toHaveProperty('d');
});
