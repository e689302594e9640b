/**
 * Gives a retry with the same idempotency key the same reply for ten minutes: of any call, with any body. Says when a key is refused;
 * how replies are sealed and stored is passed in. A reply is bound to the holder, the route and the body.
 */
import type { Actor } from '../access/actor.ts';
import type { Clock } from '../ports.ts';
import { Refusal } from '../refusal.ts';

/** How long a retry with the same idempotency key gets the same reply, in milliseconds. */
export const REPLY_KEPT_MS = 10 * 60 * 1000;

/** What a call made or changed: when that is gone, its reply is worth nothing. */
export type ReplySubject = { readonly kind: string; readonly id: string };

/** A reply, sealed, to be found again by a retry with the same idempotency key. */
export type KeptReply = {
  readonly keyDigest: Uint8Array;
  readonly requestDigest: Uint8Array;
  readonly subject: ReplySubject;
  readonly sealedReply: Uint8Array;
  readonly expiresAtMs: number;
};

/** One call, as its key is bound to it. */
export type KeyedCall = {
  /** Method and path, like `POST /api/v1/tokens`. */
  readonly route: string;
  readonly holderId: string;
  readonly key: string;
  /** Anything that JSON can say. Members in another order are the same body. */
  readonly body: unknown;
};

/** Seals a reply under the client's key and the server's; `open` gives null for what was not sealed under both. */
export type ReplySealer = {
  keyDigest(call: KeyedCall): Uint8Array;
  requestDigest(call: KeyedCall): Uint8Array;
  seal(call: KeyedCall, text: string): Uint8Array;
  open(call: KeyedCall, sealed: Uint8Array): string | null;
};

export type KeptReplyParts = {
  readonly find: (keyDigest: Uint8Array, nowMs: number, actor: Actor) => Promise<KeptReply | null>;
  readonly sealer: ReplySealer;
  readonly clock: Clock;
};

export type KeptReplies = ReturnType<typeof createKeptReplies>;

export function createKeptReplies({ find, sealer, clock }: KeptReplyParts) {
  return {
    /**
     * null: this key is new. The text is null where what the call made is gone.
     * @throws Refusal `idempotency_conflict` for a key that was used with another body; and where the actor's authority is gone
     */
    async replay(
      call: KeyedCall,
      actor: Actor,
    ): Promise<{ readonly subject: ReplySubject; readonly text: string | null } | null> {
      const reply = await find(sealer.keyDigest(call), clock(), actor);
      if (!reply) return null;
      if (!sameBytes(reply.requestDigest, sealer.requestDigest(call))) {
        throw new Refusal(
          'idempotency_conflict',
          'This Idempotency-Key was used for another request. Make a new key for each new request.',
        );
      }
      return { subject: reply.subject, text: sealer.open(call, reply.sealedReply) };
    },

    /** To be written in the transaction of the call. `text` holds what only the reply says, such as a secret. */
    sealed: (call: KeyedCall, subject: ReplySubject, text: string): KeptReply => ({
      keyDigest: sealer.keyDigest(call),
      requestDigest: sealer.requestDigest(call),
      subject,
      sealedReply: sealer.seal(call, text),
      expiresAtMs: clock() + REPLY_KEPT_MS,
    }),
  };
}

function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}
