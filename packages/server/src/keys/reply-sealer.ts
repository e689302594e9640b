/**
 * Seals replies for their own retries: encrypted (AES-256-GCM) under a key that only the client's Idempotency-Key and the server's root
 * key make together, bound to the holder and the route. What the database holds opens with neither alone.
 */
import { createCipheriv, createDecipheriv, createHmac, hash, hkdfSync, randomBytes } from 'node:crypto';
import type { KeyedCall, ReplySealer } from '../core/replies/kept-replies.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export function createReplySealer(serverKey: Uint8Array): ReplySealer {
  const bound = ({ route, holderId }: KeyedCall) => `${route}\n${holderId}`;
  const sealingKey = (call: KeyedCall) =>
    new Uint8Array(hkdfSync('sha256', Buffer.from(call.key), serverKey, `reply ${bound(call)}`, 32));
  return {
    keyDigest: (call) =>
      createHmac('sha256', serverKey)
        .update(`key ${bound(call)}\n${call.key}`)
        .digest(),
    requestDigest: ({ body }) => hash('sha256', canonicalJson(body), 'buffer'),
    seal: (call, text) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', sealingKey(call), nonce);
      cipher.setAAD(Buffer.from(bound(call)));
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
    },
    open: (call, sealed) => {
      // Erased with what the call made.
      if (sealed.length < NONCE_BYTES + TAG_BYTES) return null;
      const nonce = sealed.subarray(0, NONCE_BYTES);
      const opener = createDecipheriv('aes-256-gcm', sealingKey(call), nonce, { authTagLength: TAG_BYTES });
      opener.setAAD(Buffer.from(bound(call)));
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

/** The same text for the same value, whatever the order of members. A member that is undefined is not there. */
export function canonicalJson(value: unknown): string {
  return (
    JSON.stringify(value, (_name, inner: unknown) =>
      typeof inner === 'object' && inner !== null && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)))
        : inner,
    ) ?? 'null'
  );
}
