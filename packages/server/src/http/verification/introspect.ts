/**
 * `POST /introspect`: OAuth 2.0 token introspection (RFC 7662) for services that authenticate as clients. Speaks bare `node:http`, like
 * `/verify`.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { presentedSecret, type TokenIdentity, type Verdict, type Verifier } from '@lencana/verifier/node';
import { isUtf8Declared, utf8Text } from '../../core/text/json-text.ts';
import { basicValue } from './client-credential.ts';
import type { ClientGate } from './client-gate.ts';

export type IntrospectParts = {
  readonly verifier: Pick<Verifier, 'verifyNow'>;
  readonly gate: ClientGate;
};

/** Largest body that is read, in bytes. */
const BODY_BYTES_MAX = 16 * 1024;
const FORM = /^application\/x-www-form-urlencoded *(?:;|$)/i;

const NO_FORM = 'Send token=… as application/x-www-form-urlencoded.';
const NO_UTF8 = 'Send the form in UTF-8.';
const NO_CLIENT = 'Authenticate as a client: lencana client create makes a credential.';
const UNDECIDED = 'The token cannot be checked right now. Try again.';

export function createIntrospectHandler({ verifier, gate }: IntrospectParts) {
  /** Reads the form, judges and answers. */
  return function handle(request: IncomingMessage, response: ServerResponse, requestId: string) {
    const type = request.headers['content-type'] ?? '';
    if (!FORM.test(type)) return fail(response, requestId, 400, 'invalid_request', NO_FORM);
    if (!isUtf8Declared(type)) return fail(response, requestId, 415, 'invalid_request', NO_UTF8);
    let body = Buffer.allocUnsafe(1024);
    let bytes = 0;
    request.on('error', () => response.destroy());
    request.on('data', (chunk: Buffer) => {
      if (bytes + chunk.length > BODY_BYTES_MAX) {
        request.removeAllListeners('data').removeAllListeners('end').resume();
        const headers = { connection: 'close' };
        const what = `The body is larger than ${BODY_BYTES_MAX / 1024} kB.`;
        return fail(response, requestId, 413, 'invalid_request', what, headers);
      }
      // One piece of memory, however small the pieces that come: each would cost more than what is in it.
      if (bytes + chunk.length > body.length) {
        const larger = Buffer.allocUnsafe(2 * (bytes + chunk.length));
        body.copy(larger, 0, 0, bytes);
        body = larger;
      }
      bytes += chunk.copy(body, bytes);
    });
    request.on('end', () => {
      const text = utf8Text(body.subarray(0, bytes));
      if (text === null) return fail(response, requestId, 400, 'invalid_request', NO_UTF8);
      const form = new URLSearchParams(text);
      answerForm(request.headers.authorization, form, response, requestId);
    });
  };

  function answerForm(
    authorization: string | undefined,
    form: URLSearchParams,
    response: ServerResponse,
    requestId: string,
  ) {
    const id = form.get('client_id');
    const secret = presentedSecret(form.get('client_secret') ?? '');
    const presented =
      authorization ?? (id !== null && secret !== null ? basicValue({ id, secret }) : undefined);
    const admitted = gate.admitCached(presented);
    if (admitted === 'admitted') return answerToken(form, response, requestId);
    gate
      .admit(presented)
      .then((admission) => {
        if (admission === 'admitted') return answerToken(form, response, requestId);
        if (admission === 'unavailable') return undecided(response, requestId);
        // RFC 6749, section 5.2.
        return fail(response, requestId, 401, 'invalid_client', NO_CLIENT, {
          'www-authenticate': 'Basic realm="lencana"',
        });
      })
      .catch(() => undecided(response, requestId));
  }

  function answerToken(form: URLSearchParams, response: ServerResponse, requestId: string) {
    const [sent = '', ...more] = form.getAll('token');
    const token = presentedSecret(sent);
    if (token === null || more.length > 0)
      return fail(response, requestId, 400, 'invalid_request', 'Send one token.');
    const judged = verifier.verifyNow(token);
    if (!(judged instanceof Promise)) return answer(response, requestId, judged);
    judged
      .then((verdict) => answer(response, requestId, verdict))
      .catch(() => undecided(response, requestId));
  }
}

const INACTIVE = '{"active":false}';

function answer(response: ServerResponse, requestId: string, verdict: Verdict) {
  if (verdict.outcome === 'unavailable') return undecided(response, requestId);
  send(response, requestId, 200, verdict.outcome === 'refused' ? INACTIVE : introspectionOf(verdict.token));
}

/** As long as the cache keeps the identity. */
const introspections = new WeakMap<TokenIdentity, string>();

/** RFC 7662, section 2.2. Of a token that is not active nothing else is said. Instants in seconds. */
function introspectionOf(token: TokenIdentity): string {
  let text = introspections.get(token);
  if (text === undefined) {
    text = JSON.stringify({
      active: true,
      token_type: 'Bearer',
      scope: token.scopes.join(' '),
      sub: token.holderId,
      username: token.holderEmail,
      name: token.holderName,
      organization_id: token.organizationId,
      jti: token.tokenId,
      iat: Math.floor(token.createdAtMs / 1000),
      ...(token.expiresAtMs === null ? {} : { exp: Math.floor(token.expiresAtMs / 1000) }),
    });
    introspections.set(token, text);
  }
  return text;
}

function undecided(response: ServerResponse, requestId: string) {
  if (response.headersSent) return void response.destroy();
  fail(response, requestId, 503, 'temporarily_unavailable', UNDECIDED, { 'retry-after': '1' });
}

function fail(
  response: ServerResponse,
  requestId: string,
  status: number,
  error: string,
  description: string,
  headers: Record<string, string> = {},
) {
  send(response, requestId, status, JSON.stringify({ error, error_description: description }), headers);
}

function send(
  response: ServerResponse,
  requestId: string,
  status: number,
  body: string,
  headers: Record<string, string> = {},
) {
  response
    .writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
      'x-request-id': requestId,
      ...headers,
    })
    .end(body);
}
