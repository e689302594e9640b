/**
 * The written form of a service credential: RFC 6749, section 2.3.1 (`Authorization: Basic`, or `client_id` and `client_secret` in the
 * form), and for `/verify`, whose Authorization header is the bearer's, the same Basic value in `Lencana-Client-Authorization`.
 */

import { presentedSecret } from '@lencana/verifier/node';

export type ClientCredential = { readonly id: string; readonly secret: string };

/** Reads `Basic <base64(id:secret)>`, both parts form-encoded as RFC 6749 says. null: not that. */
export function basicCredential(header: string | undefined): ClientCredential | null {
  const match = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(header?.trim() ?? '');
  if (!match) return null;
  const text = Buffer.from(match[1] ?? '', 'base64').toString();
  const colon = text.indexOf(':');
  if (colon < 1) return null;
  try {
    return {
      id: decodeURIComponent(text.slice(0, colon).replaceAll('+', ' ')),
      secret: presentedSecret(decodeURIComponent(text.slice(colon + 1).replaceAll('+', ' '))) ?? '',
    };
  } catch {
    return null;
  }
}

/** The value that `basicCredential` reads, of the parts as a form gave them. */
export function basicValue({ id, secret }: ClientCredential): string {
  const text = `${encodeURIComponent(id)}:${encodeURIComponent(secret)}`;
  return `Basic ${Buffer.from(text).toString('base64')}`;
}
