/**
 * What every framework's middleware does, apart from the framework: from a request's credentials to an identity, or to the answer that
 * refuses it. Answers as the verification listener does: RFC 6750 challenges, and RFC 9457 problems with a stable `code`.
 */
import { bearerIn } from '../bearer.ts';
import { refuseUnknownMembers } from '../known-members.ts';
import { refusedSentence } from '../refused-sentence.ts';
import { parseDemandedScope } from '../scope.ts';
import type { Demand, TokenIdentity, Verdict, Verifier } from '../verdict.ts';

export type GuardOptions = {
  /** `<service>:viewer` or `<service>:editor`; absent: identity alone. */
  readonly scope?: string;
  /** Named in challenges. Default `lencana`. */
  readonly realm?: string;
};

/** `addressOf` is read by each framework's middleware. */
const OPTIONS: readonly string[] = ['scope', 'realm', 'addressOf'];

/** What is looked at of a request; nothing else of it changes the answer. */
export type Presented = {
  /** Of each `Authorization` header, as they came. */
  readonly authorizations: readonly string[];
  readonly address: string | undefined;
  readonly agent: string | undefined;
};

export type ProblemCode = 'unauthenticated' | 'invalid_token' | 'insufficient_scope' | 'unavailable';

/** An answer that refuses. `body` is JSON. */
export type Denial = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

export type Guarded = { readonly token: TokenIdentity } | { readonly denial: Denial };

const STATUS = {
  unauthenticated: { status: 401, title: 'Unauthorized' },
  invalid_token: { status: 401, title: 'Unauthorized' },
  insufficient_scope: { status: 403, title: 'Forbidden' },
  unavailable: { status: 503, title: 'Service Unavailable' },
} as const satisfies Record<ProblemCode, { status: number; title: string }>;

/** @throws TypeError if the scope or the realm is invalid: a typo must show at the start, not as a refusal of everybody */
export function createGuard(verifier: Pick<Verifier, 'verify'>, options: GuardOptions = {}) {
  refuseUnknownMembers('The options of requireToken', options, OPTIONS);
  const { scope, realm = 'lencana' } = options;
  // One that is missing by mistake would demand nothing.
  if ('scope' in options && scope === undefined)
    throw new TypeError('scope is undefined. Leave it out to demand none.');
  if (scope !== undefined && !parseDemandedScope(scope)) {
    throw new TypeError('scope must be <service>:viewer or <service>:editor.');
  }
  // What stands in a quoted-string as it is (RFC 9110, section 5.6.4).
  if (!/^[ !#-[\]-~]+$/.test(realm)) throw new TypeError('realm must be plain ASCII without " and \\.');
  const challenge = `Bearer realm="${realm}"`;

  return async ({ authorizations, address, agent }: Presented): Promise<Guarded> => {
    const presented = bearerIn(authorizations);
    if (presented === null) {
      // RFC 6750, section 3.1: without credentials the challenge carries no error.
      const how = 'Send one token as "Authorization: Bearer <token>".';
      return { denial: denial('unauthenticated', how, { 'www-authenticate': challenge }) };
    }
    const demand: Demand = {
      ...(scope === undefined ? {} : { scope }),
      ...(address === undefined ? {} : { address }),
      ...(agent === undefined ? {} : { agent }),
    };
    const verdict = await verifier.verify(presented, demand);
    return verdict.outcome === 'active'
      ? { token: verdict.token }
      : { denial: denialOf(verdict, challenge, scope) };
  };
}

function denialOf(
  verdict: Exclude<Verdict, { outcome: 'active' }>,
  challenge: string,
  scope: string | undefined,
): Denial {
  if (verdict.outcome === 'unavailable') {
    const again = 'The token cannot be checked right now. Try again in a moment.';
    return denial('unavailable', again, { 'retry-after': '1' });
  }
  const sentence = refusedSentence(verdict);
  const [code, more]: [ProblemCode, string] =
    verdict.reason === 'insufficient_scope'
      ? ['insufficient_scope', `scope="${scope}"`]
      : ['invalid_token', `error_description="${sentence}"`];
  return denial(code, sentence, { 'www-authenticate': `${challenge}, error="${code}", ${more}` });
}

function denial(code: ProblemCode, detail: string, headers: Record<string, string>): Denial {
  const { status, title } = STATUS[code];
  return {
    status,
    headers: { ...headers, 'cache-control': 'no-store', 'content-type': 'application/problem+json' },
    body: JSON.stringify({ type: 'about:blank', title, status, code, detail }),
  };
}
