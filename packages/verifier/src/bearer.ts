/** Reads the token of `Authorization` headers (RFC 6750, section 2.1; the scheme without case, RFC 9110, section 11.1). */

/**
 * @param values of each such header, as they came
 * @returns null: no header, another scheme, nothing after it, or more than one header: which of two the next one in the chain would
 * believe is anybody's guess
 */
export function bearerIn(values: readonly string[]): string | null {
  const [value] = values;
  return value === undefined || values.length > 1 ? null : bearerToken(value);
}

/** Of a header that is known to be the only one. null: another scheme, or nothing after it. */
export function bearerToken(authorization: string): string | null {
  if (!authorization.startsWith('Bearer ') && !/^bearer /i.test(authorization)) return null;
  return presentedSecret(authorization.slice(7));
}

/**
 * A secret as it was meant: without the blanks and line ends that a file, a shell or a form put around it. Every way by which a secret
 * arrives reads it by this, so that one that works by one way works by each. null: there is nothing else in the text.
 */
export function presentedSecret(text: string): string | null {
  return text.trim() || null;
}

/** The values of the `Authorization` headers in a flat list of names and values, as `rawHeaders` of Node's HTTP server is. */
export function authorizationsIn(rawHeaders: readonly string[]): string[] {
  const values: string[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === 13 && name.toLowerCase() === 'authorization') values.push(rawHeaders[at + 1] ?? '');
  }
  return values;
}
