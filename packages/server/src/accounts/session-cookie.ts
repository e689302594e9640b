/**
 * Reads the session cookie: which one it is, and whether this deployment signed it. Knows nothing of the
 * database.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** Prefix of every cookie that the accounts room sets. */
export const COOKIE_PREFIX = 'lencana';

/** With https the browser itself refuses a `__Secure-` cookie from an insecure page. */
export const sessionCookieName = (secure: boolean): string =>
  `${secure ? '__Secure-' : ''}${COOKIE_PREFIX}.session_token`;

function cookieValue(header: string, name: string): string | null {
  for (const part of header.split(';')) {
    const equals = part.indexOf('=');
    if (equals > 0 && part.slice(0, equals).trim() === name) {
      const value = part.slice(equals + 1).trim();
      try {
        return decodeURIComponent(value.replace(/^"(.*)"$/, '$1'));
      } catch {
        return null;
      }
    }
  }
  return null;
}

/**
 * The session token in the Cookie header, or null if there is none or its signature (HMAC-SHA-256 under
 * `secret`, as better-auth makes it) is not ours. The signature is what a thief of the database cannot make.
 */
export function readSessionToken(header: string | null, name: string, secret: string): string | null {
  const value = header ? cookieValue(header, name) : null;
  const dot = value?.lastIndexOf('.') ?? -1;
  if (!value || dot < 1) return null;
  const token = value.slice(0, dot);
  // The text is compared, not what it decodes to: base64 has more than one spelling for the same bytes.
  const given = Buffer.from(value.slice(dot + 1));
  const expected = Buffer.from(createHmac('sha256', secret).update(token).digest('base64'));
  return given.length === expected.length && timingSafeEqual(given, expected) ? token : null;
}
