/** Reads the token of an `Authorization` header (RFC 6750, section 2.1; the scheme without case, RFC 9110, section 11.1). */
import type { IncomingMessage } from 'node:http';

/**
 * null: no header, another scheme, nothing after it, or more than one such header: which of two a service behind a gateway would
 * believe is anybody's guess.
 */
export function bearerOf({
  headers,
  rawHeaders,
}: Pick<IncomingMessage, 'headers' | 'rawHeaders'>): string | null {
  const { authorization } = headers;
  if (authorization === undefined || !/^bearer /i.test(authorization)) return null;
  const given = rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === 'authorization');
  return given.length > 1 ? null : authorization.slice(7).trim() || null;
}
