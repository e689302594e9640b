/**
 * The cookies of this deployment: what they are called, and which of those in a request are ours by their signature. Whatever other
 * programs on the same host have put into the browser is passed over. Knows nothing of the database.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

export type CookieNames = {
  /** Begins the name of every cookie that the accounts room sets. */
  readonly prefix: string;
  readonly session: string;
  /** Says that the session goes with the browser. */
  readonly dontRemember: string;
  readonly passkeyChallenge: string;
};

/** As better-auth's passkey plugin is told. */
export const PASSKEY_CHALLENGE = 'passkey_challenge';

/**
 * Browsers send a cookie to every port of its host, so each name holds the deployment's id: two deployments on one host do not sign
 * each other's users out. With https the name begins with `__Host-`: browsers take such a cookie only from this very host, over https
 * and for every path, so no sibling domain and no insecure page can put its own in place of ours.
 */
export function cookieNames(secure: boolean, deploymentId: string): CookieNames {
  const prefix = `${secure ? '__Host-' : ''}lencana-${deploymentId}`;
  return {
    prefix,
    session: `${prefix}.session_token`,
    dontRemember: `${prefix}.dont_remember`,
    passkeyChallenge: `${prefix}.${PASSKEY_CHALLENGE}`,
  };
}

/** A browser may hold several cookies of one name, for other paths or domains. More than so many of ours is no browser. */
const SAME_NAME_MAX = 8;

/**
 * What the cookies of this name hold, in the order in which the browser sent them, each once: only those with our signature
 * (HMAC-SHA-256 under `secret`, as better-auth makes it). The signature is what a thief of the database cannot make.
 */
export function signedValues(header: string | null, name: string, secret: string): string[] {
  const values = new Set<string>();
  for (const part of header?.split(';') ?? []) {
    const equals = part.indexOf('=');
    if (equals < 1 || part.slice(0, equals).trim() !== name) continue;
    const value = signedValue(part.slice(equals + 1).trim(), secret);
    if (value !== null) values.add(value);
    if (values.size === SAME_NAME_MAX) break;
  }
  return [...values];
}

function signedValue(written: string, secret: string): string | null {
  const text = decoded(written.replace(/^"(.*)"$/, '$1'));
  const dot = text?.lastIndexOf('.') ?? -1;
  if (text === null || dot < 1) return null;
  const value = text.slice(0, dot);
  // The text is compared, not what it decodes to: base64 has more than one spelling for the same bytes.
  const given = Buffer.from(text.slice(dot + 1));
  const expected = Buffer.from(signatureOf(value, secret));
  return given.length === expected.length && timingSafeEqual(given, expected) ? value : null;
}

function decoded(written: string): string | null {
  try {
    return decodeURIComponent(written);
  } catch {
    return null;
  }
}

const signatureOf = (value: string, secret: string) =>
  createHmac('sha256', secret).update(value).digest('base64');

/** A cookie as a browser would send it, with our signature. */
export const signedCookie = (name: string, value: string, secret: string): string =>
  `${name}=${encodeURIComponent(`${value}.${signatureOf(value, secret)}`)}`;
