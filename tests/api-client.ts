/**
 * Speaks to a running server over HTTP as a program does: signed in with a session cookie, with a token, or as
 * nobody. Judges nothing: every answer comes back as it was. Not for the browser's part of a test.
 */
import { randomUUID } from 'node:crypto';
import type { ServerProcess } from './server-process.ts';

export type Person = { name: string; email: string; password: string; phoneNumber: string };

export type Answer = {
  status: number;
  headers: Headers;
  text: string;
  /** The body as JSON, undefined when it is not JSON. */
  body: unknown;
};

export type Problem = {
  status: number;
  code: string;
  title: string;
  detail: string;
  request_id: string;
  errors?: { field: string; code: string; message: string }[];
};

export type Token = {
  id: string;
  name: string;
  masked: string;
  status: 'active' | 'expires_soon' | 'expired' | 'revoked';
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
  last_used_address: string | null;
  last_used_client: string | null;
};

export type Call = { body?: unknown; raw?: string | Uint8Array; headers?: Record<string, string> };

export type Client = {
  /** The session cookie or the Authorization header that it sends; empty for nobody. */
  readonly credentials: Readonly<Record<string, string>>;
  call(method: string, path: string, call?: Call): Promise<Answer>;
  /** Rejects unless the token is made. */
  createToken(fields: {
    name: string;
    expires_at?: string;
    expires_on?: string;
    time_zone?: string;
  }): Promise<{ token: Token; secret: string }>;
};

export const ayu: Person = {
  name: 'Ayu Lestari',
  email: 'ayu@example.com',
  password: 'Correct-Horse-7-Battery',
  phoneNumber: '+6281234567890',
};

export const budi: Person = {
  name: 'Budi Santoso',
  email: 'budi@example.com',
  password: 'Another-Staple-9-Donkey',
  phoneNumber: '+6281298765432',
};

/** A client whose requests carry the portal's origin, as the portal's own do, and these credentials. */
export function clientOf(server: ServerProcess, credentials: Record<string, string> = {}): Client {
  const call = async (method: string, path: string, { body, raw, headers }: Call = {}): Promise<Answer> => {
    const sent = raw ?? (body === undefined ? null : JSON.stringify(body));
    const response = await fetch(new URL(path, server.localUrl), {
      method,
      redirect: 'manual',
      headers: {
        origin: server.publicUrl,
        ...(sent === null ? {} : { 'content-type': 'application/json' }),
        ...credentials,
        ...headers,
      },
      body: sent as string | Uint8Array<ArrayBuffer> | null,
    });
    return await answerOf(response);
  };
  return {
    credentials,
    call,
    async createToken(fields) {
      const made = await call('POST', '/api/v1/tokens', {
        body: fields,
        headers: { 'idempotency-key': randomUUID() },
      });
      if (made.status !== 201) throw new Error(`the token was not made: ${made.status} ${made.text}`);
      return made.body as { token: Token; secret: string };
    },
  };
}

export const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });

/** Makes the account and gives its signed-in client. The first account of a server is its administrator. */
export async function signUp(server: ServerProcess, person: Person): Promise<Client> {
  return await enter(server, '/api/auth/sign-up/email', { ...person, ...setUpCode(server) });
}

/** What a sign-up form holds besides the person's own: the code of the link that the server printed. Later accounts need none. */
export function setUpCode(server: Pick<ServerProcess, 'setUpUrl'>): { setupCode?: string } {
  const url = server.setUpUrl();
  return url === null ? {} : { setupCode: new URLSearchParams(new URL(url).hash.slice(1)).get('code') ?? '' };
}

export async function signIn(server: ServerProcess, person: Person): Promise<Client> {
  const { email, password } = person;
  return await enter(server, '/api/auth/sign-in/email', { email, password });
}

async function enter(server: ServerProcess, path: string, body: unknown): Promise<Client> {
  const entered = await clientOf(server).call('POST', path, { body });
  if (entered.status !== 200) throw new Error(`${path} was refused: ${entered.status} ${entered.text}`);
  const cookies = entered.headers.getSetCookie().map((cookie) => cookie.split(';')[0]);
  return clientOf(server, { cookie: cookies.join('; ') });
}

/** Asks the verification listener about a secret, as a gateway does. */
export async function verify(server: ServerProcess, secret: string, scope = ''): Promise<Answer> {
  const response = await fetch(new URL(`/verify${scope && `/${scope}`}`, server.verificationUrl), {
    headers: bearer(secret),
  });
  return await answerOf(response);
}

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  return { status: response.status, headers: response.headers, text, body };
}
