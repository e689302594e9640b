/**
 * Where requests for /api/auth enter: refuses what is not served, what comes from another site and what comes
 * too often, finds the session, and hands better-auth a request of our own making. Of the client's headers
 * only the few named here go on, and the address is the public one: neither Host nor any forwarding header
 * can bend a link, a cookie or a limit.
 */
import type { Logger } from 'pino';
import { SYSTEM } from '../core/access/actor.ts';
import { Refusal } from '../core/refusal.ts';
import { agentText } from '../core/text/agent-text.ts';
import { jsonText } from '../core/text/json-text.ts';
import { isPlainJson } from '../core/text/plain-json.ts';
import { addressBucket } from '../http/address-bucket.ts';
import { outageRefusal } from '../store/engines/outage.ts';
import { accountResponse, plainText } from './account-refusal.ts';
import { aliasOf } from './address-alias.ts';
import type { Peer } from './admission.ts';
import { AUTH_PATH, type Auth } from './auth.ts';
import type { ForwardedCookies } from './forwarded-cookies.ts';
import type { AddressLimits, Limiter } from './limits.ts';
import { requireRecentProof } from './reauthentication.ts';
import { type RequestContext, withRequestContext } from './request-context.ts';
import type { Call, Route } from './route.ts';
import type { Session, SessionReader } from './sessions.ts';
import { WorkQueueFullError } from './work-queue.ts';

/** Headers of the client that better-auth sees, besides our own cookies. */
const PASSED_HEADERS = ['accept', 'origin', 'referer', 'user-agent', 'sec-fetch-site', 'sec-fetch-mode'];

/** Where better-auth would lead a browser afterwards. The pages lead themselves, so nobody else's word counts. */
const DESTINATIONS = ['callbackURL', 'redirectTo', 'errorCallbackURL', 'newUserCallbackURL'];

export type GateSettings = {
  readonly auth: Auth;
  readonly routes: ReadonlyMap<string, Route>;
  readonly limiter: Limiter;
  readonly addressLimits: AddressLimits;
  readonly sessionFrom: SessionReader;
  readonly forwardedCookies: ForwardedCookies;
  readonly publicUrl: URL;
  readonly nowMs: () => number;
  readonly log: Pick<Logger, 'error'>;
};

export type GatePeer = Peer & { readonly requestId?: string };

export type Gate = (request: Request, peer: GatePeer) => Promise<Response>;

export function createGate(settings: GateSettings): Gate {
  return async (request, peer) => {
    try {
      return await polished(await admit(settings, request, peer));
    } catch (error) {
      if (error instanceof Refusal) return accountResponse(error);
      return accountResponse(failed(settings, error));
    }
  };
}

function failed({ log }: GateSettings, error: unknown): Refusal {
  if (error instanceof WorkQueueFullError) {
    return new Refusal('busy', 'The server is busy. Nothing was changed. Try again in a few seconds.', {
      retryAfterSeconds: 5,
    });
  }
  const outage = outageRefusal(error);
  log.error({ err: error }, 'an account request failed');
  if (outage) return outage;
  return new Refusal('internal', 'Something failed on our side. Try again.');
}

async function admit(settings: GateSettings, request: Request, peer: GatePeer): Promise<Response> {
  const url = new URL(request.url);
  const path = url.pathname.startsWith(`${AUTH_PATH}/`) ? url.pathname.slice(AUTH_PATH.length) : '';
  const route = routeFor(settings.routes, request.method, path);
  refuseOtherSites(settings.publicUrl, request);
  const bucket = addressBucket(peer.address);
  // All who have no address would lock each other out; limits by account hold for them too.
  if (route.limit && bucket !== null) {
    await settings.limiter.take(`${route.limit}:${bucket}`, settings.addressLimits[route.limit]);
  }
  const session = await settings.sessionFrom(request.headers);
  if (route.signedIn && !session) {
    throw new Refusal('unauthorized', 'You are not signed in. Sign in and try again.');
  }
  if (route.proven && session) requireRecentProof(session, settings.nowMs());
  const context = contextOf(request, peer, { path, route }, session);
  const call: Call = {
    body: request.method === 'POST' ? await readBody(request) : {},
    query: url.searchParams,
    session,
    peer: { address: peer.address },
    context,
    forward: async (put) =>
      settings.auth.handler(await forwarded(settings, request, session, { path, url, call, put })),
  };
  return withRequestContext(context, () => route.answer(call));
}

function routeFor(routes: GateSettings['routes'], method: string, path: string): Route {
  const route = routes.get(`${method} ${path}`);
  if (route) return route;
  if (routes.has(`GET ${path}`) || routes.has(`POST ${path}`)) {
    throw new Refusal('method_not_allowed', 'This address does not take requests of that method.');
  }
  throw new Refusal('not_found', 'There is nothing at this address.');
}

/**
 * A browser names the page's origin with every POST; another site's is refused, with a cookie or without
 * (signing somebody in to another's account is an attack too). A program that is no browser sends neither
 * Origin nor cookie.
 */
function refuseOtherSites(publicUrl: URL, request: Request): void {
  if (request.method === 'GET') return;
  const origin = request.headers.get('origin');
  const fromBrowser =
    request.headers.has('cookie') || request.headers.has('sec-fetch-site') || request.headers.has('referer');
  if (origin === publicUrl.origin || (origin === null && !fromBrowser)) return;
  throw new Refusal(
    'origin_refused',
    `The request came from another site, so nothing was done. Open the portal at ${publicUrl.origin}.`,
  );
}

async function readBody(request: Request): Promise<Record<string, unknown>> {
  const bytes = new Uint8Array(await request.arrayBuffer());
  if (bytes.length === 0) return {};
  const type = request.headers.get('content-type') ?? '';
  const read = jsonText(bytes, type);
  if (!/^application\/json\s*(?:;|$)/i.test(type) || ('fault' in read && read.fault === 'charset')) {
    throw new Refusal('unsupported_media_type', 'Send the body as application/json in UTF-8.');
  }
  try {
    const body: unknown = JSON.parse('text' in read ? read.text : '');
    if (typeof body === 'object' && body !== null && !Array.isArray(body) && isPlain(body))
      return { ...body };
  } catch {
    // Told below.
  }
  throw new Refusal('invalid_body', 'The body is not a JSON object.');
}

/** What is typed is judged by its own rules; what a program names (ids, links, a passkey's answer) is text that every database takes. */
const TYPED = new Set(['name', 'email', 'phoneNumber', 'password', 'newPassword', 'currentPassword']);

const isPlain = (body: object) =>
  Object.entries(body).every(
    ([name, value]) => (TYPED.has(name) && typeof value === 'string') || isPlainJson(value),
  );

function contextOf(
  request: Request,
  peer: GatePeer,
  { path, route }: { readonly path: string; readonly route: Route },
  session: Session | null,
): RequestContext {
  // What needs no session rests on something else: a password, a passkey, a link. Whoever is signed in beside it did not do it.
  const user = route.signedIn ? session : null;
  return {
    actor: {
      ...SYSTEM,
      kind: route.signedIn ? 'user' : 'visitor',
      id: user?.user.id ?? null,
      onBehalfOf: user?.user.id ?? null,
      role: user?.user.role ?? null,
      way: 'portal',
      via: path,
      address: peer.address || null,
      agent: agentText(request.headers.get('user-agent') ?? '') || null,
      requestId: peer.requestId ?? null,
      sessionId: user?.sessionId ?? null,
    },
    checking: null,
    proving: null,
  };
}

type Outgoing = {
  readonly path: string;
  readonly url: URL;
  readonly call: Call;
  readonly put: Parameters<Call['forward']>[0];
};

async function forwarded(
  { publicUrl, forwardedCookies }: GateSettings,
  request: Request,
  session: Session | null,
  { path, url, call, put }: Outgoing,
): Promise<Request> {
  const target = new URL(`${AUTH_PATH}${put?.path ?? path}`, publicUrl.origin);
  target.search = (put?.query ?? url.searchParams).toString();
  for (const name of DESTINATIONS) target.searchParams.delete(name);
  const headers = new Headers();
  for (const name of PASSED_HEADERS) {
    const value = request.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  // A cookie that our own rules do not take for a session must not be one for better-auth either.
  const cookies = await forwardedCookies(request.headers.get('cookie'), session);
  if (cookies !== null) headers.set('cookie', cookies);
  if (request.method !== 'POST') return new Request(target, { headers });
  headers.set('content-type', 'application/json');
  const body: Record<string, unknown> = { ...(put?.body ?? call.body) };
  for (const name of DESTINATIONS) delete body[name];
  if (target.pathname === `${AUTH_PATH}/sign-in/email` && typeof body.email === 'string') {
    body.email = aliasOf(body.email);
  }
  return new Request(target, { method: 'POST', headers, body: JSON.stringify(body) });
}

/** Never cached, and better-auth's short codes said in plain sentences. */
async function polished(response: Response): Promise<Response> {
  const headers = new Headers(response.headers);
  headers.set('cache-control', 'no-store');
  if (response.status < 400 || !headers.get('content-type')?.includes('json')) {
    return new Response(response.body, { status: response.status, headers });
  }
  const body: unknown = await response.json().catch(() => null);
  const { code, message } = (body ?? {}) as { code?: unknown; message?: unknown };
  const name = typeof code === 'string' ? code : 'REFUSED';
  const said = plainText(name, typeof message === 'string' ? message : 'The request was refused.');
  headers.delete('content-length');
  return new Response(JSON.stringify({ ...(body as object), code: name, message: said }), {
    status: response.status,
    headers,
  });
}
