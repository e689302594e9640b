/** Reads the token of an `Authorization` header (RFC 6750, section 2.1; the scheme without case, RFC 9110, section 11.1). */

/** null: no header, or another scheme, or nothing after it. */
export function bearerOf(header: string | undefined): string | null {
  if (header === undefined || header.length < 8 || header.slice(0, 7).toLowerCase() !== 'bearer ')
    return null;
  return header.slice(7).trim() || null;
}
