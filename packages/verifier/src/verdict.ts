/**
 * What a verification decides: one tagged union, so that a new reason does not compile until every surface answers it.
 * A verdict never holds the secret it is about.
 */

/** Why a presented secret is refused. Each is a value, not an error. */
export type RefusalReason =
  /** Not the shape of a secret, or its check digits are wrong. */
  | 'malformed'
  /** Well-formed, but no token has or had it. */
  | 'unknown'
  /** The token lives on under another secret; this one has ended. */
  | 'secret_replaced'
  | 'revoked'
  | 'expired'
  | 'holder_deactivated'
  /** The token is good but does not hold the scope that was asked for. */
  | 'insufficient_scope';

/** Who and what a token is: everything a service needs to act on. Instants are epoch milliseconds. */
export type TokenIdentity = {
  readonly tokenId: string;
  readonly tokenName: string;
  /** Which of the token's secrets was presented. Names it; it is not the secret. */
  readonly secretId: string;
  readonly holderId: string;
  readonly holderName: string;
  readonly holderEmail: string;
  readonly organizationId: string;
  /** Effective scopes: the token's own, cut by what the holder's role allows now. `*` stands for every service. */
  readonly scopes: readonly string[];
  readonly createdAtMs: number;
  /** null: never. */
  readonly expiresAtMs: number | null;
};

export type Verdict =
  | { readonly outcome: 'active'; readonly token: TokenIdentity }
  | {
      readonly outcome: 'refused';
      readonly reason: RefusalReason;
      /** Only where the secret itself verified: its holder may be told more than a stranger. */
      readonly token: TokenIdentity | null;
    }
  /** Cannot be decided freshly now; refused, and worth another try after a moment. */
  | { readonly outcome: 'unavailable' };

/** What the secret is wanted for. */
export type Demand = {
  /** `<service>:viewer` or `<service>:editor`; absent: identity alone. */
  readonly scope?: string;
  /** More scopes, of which every one is demanded. */
  readonly scopes?: readonly string[];
  /** The client's address as a trusted gateway or the socket gives it. */
  readonly address?: string;
  /** Whether the address is known for certain, so that a token may be refused for it. Default false: it is only reported. */
  readonly addressBinds?: boolean;
  /** The client's `User-Agent`, which the holder sees at "last used". */
  readonly agent?: string;
};

/** Judges presented secrets. Never throws and never rejects for what a client sends: every outcome is a verdict. */
export interface Verifier {
  /**
   * The verdict on what a client presented as its secret, without the word `Bearer` before it.
   *
   * @example
   * ```ts
   * const verdict = await verifier.verify(presented, { scope: 'reports:viewer' });
   * if (verdict.outcome === 'active') console.log(`Hello, ${verdict.token.holderName}.`);
   * ```
   */
  verify(presented: string, demand?: Demand): Promise<Verdict>;
  /**
   * The same without a promise where memory has the answer, which is nearly always. For code that judges hundreds of thousands of
   * requests a second; `verify` is simpler everywhere else.
   *
   * @example
   * ```ts
   * const judged = verifier.verifyNow(presented);
   * const verdict = judged instanceof Promise ? await judged : judged;
   * ```
   */
  verifyNow(presented: string, demand?: Demand): Verdict | Promise<Verdict>;
  /** Ends it: reports the last uses, and answers `unavailable` from then on. A verifier that is not closed keeps no program alive. */
  close(): Promise<void>;
}

/** A reason that there can be for a token that is known. */
export type KnownTokenRefusal = Exclude<RefusalReason, 'malformed' | 'unknown'>;

const KNOWN_TOKEN_REFUSALS: { readonly [Reason in KnownTokenRefusal]: true } = {
  secret_replaced: true,
  revoked: true,
  expired: true,
  holder_deactivated: true,
  insufficient_scope: true,
};

export const isKnownTokenRefusal = (name: string): name is KnownTokenRefusal =>
  Object.hasOwn(KNOWN_TOKEN_REFUSALS, name);
