/**
 * One question to the verification listener: JSON there and back, the service's credential, a time by which it is over. Knows
 * nothing of what is asked. Uses what every runtime has (`fetch`, `AbortController`, `URL`), which also keeps connections alive.
 */
import type { VerifierTimer } from './lease.ts';
import { SourceError } from './source-error.ts';

/** As much of `fetch` as is used. */
export type Fetch = (
  url: string,
  init: {
    method: 'POST';
    headers: Record<string, string>;
    body: string;
    redirect: 'manual';
    signal: AbortSignal;
  },
) => Promise<{ readonly status: number; text(): Promise<string> }>;

/** What `lencana client create` printed; the text form is `<client_id>:<client_secret>`. */
export type ServiceCredential = string | { readonly id: string; readonly secret: string };

export type HttpCallParts = {
  /** Base URL of the verification listener, e.g. `http://127.0.0.1:8081`. */
  readonly url: string;
  readonly credential?: ServiceCredential | undefined;
  /** Lets `http:` leave this machine: the credential and digests of secrets travel readable. Default false. */
  readonly allowHttp?: boolean | undefined;
  readonly fetch?: Fetch | undefined;
  readonly timer: VerifierTimer;
};

export type HttpCall = {
  /**
   * The answer's JSON, unread; undefined where it has none (204). It is over, body included, within `limitMs` milliseconds.
   * @throws SourceError
   */
  ask(path: string, body: unknown, limitMs: number): Promise<unknown>;
  /** Ends what is under way and refuses everything after. */
  close(): void;
};

/** @throws TypeError if the address or the credential cannot be used; the message does not repeat them */
export function createHttpCall(parts: HttpCallParts): HttpCall {
  const base = baseOf(parts.url, parts.allowHttp ?? false);
  const authorization = authorizationOf(parts.credential);
  // Called as a function of its own some runtimes' fetch refuses to work.
  const send: Fetch = parts.fetch ?? ((url, init) => fetch(url, init));
  const underWay = new Set<AbortController>();
  let closed = false;

  async function ask(path: string, body: unknown, limitMs: number): Promise<unknown> {
    if (closed) throw new SourceError('unavailable', 'The verifier is closed.');
    const abort = new AbortController();
    underWay.add(abort);
    let late = false;
    const cancel = parts.timer.after(limitMs, () => {
      late = true;
      abort.abort();
    });
    try {
      const headers: Record<string, string> = {
        accept: 'application/json',
        'content-type': 'application/json',
      };
      if (authorization !== null) headers.authorization = authorization;
      const response = await send(new URL(path, base).href, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
        // Followed, it could carry the credential to somebody else.
        redirect: 'manual',
        signal: abort.signal,
      });
      // Read whatever the status is: a body that nobody reads keeps its connection from being used again.
      const text = await response.text();
      return answerOf(response.status, text);
    } catch (error) {
      if (error instanceof SourceError) throw error;
      if (closed) throw new SourceError('unavailable', 'The verifier is closed.');
      if (late) throw new SourceError('timeout', `Lencana did not answer within ${Math.round(limitMs)} ms.`);
      throw new SourceError(
        'unreachable',
        `Lencana cannot be reached${causeOf(error)}. Look at the address, and whether the verification listener runs there.`,
      );
    } finally {
      cancel();
      underWay.delete(abort);
    }
  }

  return {
    ask,
    close: () => {
      closed = true;
      for (const abort of underWay) abort.abort();
    },
  };
}

function answerOf(status: number, text: string): unknown {
  if (status === 204) return undefined;
  if (status === 401 || status === 403) {
    throw new SourceError(
      'refused_credential',
      `Lencana refused the service credential (${status}). lencana client create makes one; lencana client list shows which count.`,
    );
  }
  if (status === 503 && codeOf(text) === 'not_understood') {
    throw new SourceError(
      'not_understood',
      'A token has restrictions that this release of the library does not know. Install the release of the library that the nodes have.',
    );
  }
  if (status === 429 || status === 502 || status === 503 || status === 504) {
    throw new SourceError('unavailable', `Lencana cannot vouch for anything right now (${status}).`);
  }
  if (status !== 200) throw badAnswer(`the status was ${status}`);
  try {
    return JSON.parse(text);
  } catch {
    throw badAnswer('it was not JSON');
  }
}

/** The code of a problem (RFC 9457). */
function codeOf(text: string): unknown {
  try {
    return memberOf(JSON.parse(text), 'code');
  } catch {
    return undefined;
  }
}

/** `what` says what was wrong, in words of this library alone. */
export function badAnswer(what: string): SourceError {
  return new SourceError(
    'bad_answer',
    `The answer is not one of a Lencana verification listener that this library knows: ${what}. Look at the address and at both versions.`,
  );
}

/** Codes like `ECONNREFUSED`; never a message, which may hold what was sent. */
function causeOf(error: unknown): string {
  const code = memberOf(error, 'code') ?? memberOf(memberOf(error, 'cause'), 'code');
  return typeof code === 'string' && /^[A-Za-z_]{2,40}$/.test(code) ? ` (${code})` : '';
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function baseOf(text: string, allowHttp: boolean): URL {
  if (!URL.canParse(text)) throw new TypeError('url must be an address like http://127.0.0.1:8081.');
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') {
    throw new TypeError('url must hold no credential. Give it as credential.');
  }
  if (url.search !== '' || url.hash !== '') throw new TypeError('url must end before any ? or #.');
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw new TypeError('url must be http: or https:.');
  if (url.protocol === 'http:' && !allowHttp && !isLoopback(url.hostname)) {
    throw new TypeError(
      'url is http: and leaves this machine, so the service credential and digests of secrets could be read on the way. ' +
        'Use https:, or set allowHttp: true on a network where nobody listens.',
    );
  }
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

/** As `URL` writes hosts: IPv4 in four decimals, IPv6 in brackets and shortest, all in lower case. */
function isLoopback(host: string): boolean {
  return (
    host === 'localhost' ||
    host.endsWith('.localhost') ||
    host === '[::1]' ||
    /^127\.\d+\.\d+\.\d+$/.test(host)
  );
}

/** RFC 6749, section 2.3.1: both parts form-encoded, so that a colon in either changes nothing. */
function authorizationOf(credential: ServiceCredential | undefined): string | null {
  if (credential === undefined) return null;
  const { id, secret } = typeof credential === 'string' ? partsOf(credential) : credential;
  if (!/^client_\w{1,64}$/.test(id) || typeof secret !== 'string' || secret === '') {
    throw new TypeError(
      'credential must be "<client_id>:<client_secret>" or { id, secret }, as lencana client create prints them.',
    );
  }
  return `Basic ${btoa(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`)}`;
}

function partsOf(text: string): { id: string; secret: string } {
  const colon = text.indexOf(':');
  return colon < 0 ? { id: '', secret: '' } : { id: text.slice(0, colon), secret: text.slice(colon + 1) };
}
