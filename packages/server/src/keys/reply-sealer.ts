/**
 * Keeps a create's reply for its own retries: encrypted (AES-256-GCM) under a key that only the client's Idempotency-Key and the
 * server's root key make together, bound to the user and the route. What the database holds opens with neither alone.
 */
import { createCipheriv, createDecipheriv, createHmac, hash, hkdfSync, randomBytes } from 'node:crypto';
import type { ReplySealer } from '../core/tokens/token-service.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const ROUTE = 'POST /api/v1/tokens';

export function createReplySealer(serverKey: Uint8Array): ReplySealer {
  const bound = (holderId: string) => `${ROUTE}\n${holderId}`;
  const sealingKey = (holderId: string, key: string) =>
    new Uint8Array(hkdfSync('sha256', Buffer.from(key), serverKey, `reply ${bound(holderId)}`, 32));
  return {
    keyDigest: (holderId, key) =>
      createHmac('sha256', serverKey)
        .update(`key ${bound(holderId)}\n${key}`)
        .digest(),
    requestDigest: ({ name, expiresOn, timeZone, expiresAt }) =>
      hash('sha256', JSON.stringify([name, expiresOn, timeZone, expiresAt]), 'buffer'),
    seal: (holderId, key, text) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', sealingKey(holderId, key), nonce);
      cipher.setAAD(Buffer.from(bound(holderId)));
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
    },
    open: (holderId, key, sealed) => {
      // Erased with its token.
      if (sealed.length < NONCE_BYTES + TAG_BYTES) return null;
      const nonce = sealed.subarray(0, NONCE_BYTES);
      const opener = createDecipheriv('aes-256-gcm', sealingKey(holderId, key), nonce, {
        authTagLength: TAG_BYTES,
      });
      opener.setAAD(Buffer.from(bound(holderId)));
      opener.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      try {
        return (
          opener.update(sealed.subarray(NONCE_BYTES + TAG_BYTES), undefined, 'utf8') + opener.final('utf8')
        );
      } catch {
        return null;
      }
    },
  };
}
