/**
 * Makes one request out of however many clicks and retries: the same content keeps the same idempotency
 * key until the server has answered for good, so that a repeated request makes no second token and a lost
 * reply can be fetched again. Holds no secret.
 */

export interface IdempotentRequest<Content> {
  readonly content: Content;
  /** Sent as `Idempotency-Key`; 122 random bits of a UUID are not enough, so 256 bits in base64url. */
  readonly idempotencyKey: string;
}

/** Takes up `unanswered` again if it asks for the same thing, otherwise begins anew under a fresh key. */
export function requestFor<Content>(
  content: Content,
  unanswered: IdempotentRequest<Content> | null,
  makeKey: () => string = randomKey,
): IdempotentRequest<Content> {
  if (unanswered !== null && JSON.stringify(unanswered.content) === JSON.stringify(content))
    return unanswered;
  return { content, idempotencyKey: makeKey() };
}

/** 256 random bits as 43 characters of base64url; works on plain http too, unlike `crypto.randomUUID`. */
export function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
