/**
 * Service credentials: RFC 6749, section 2.3.1 (`Authorization: Basic`, or `client_id` and `client_secret` in the form), and for
 * `/verify`, whose Authorization header is the bearer's, the same Basic value in `Lencana-Client-Authorization`.
 */
import { timingSafeEqual } from 'node:crypto';
import type { Client, ClientStore } from '../../store/client-store.ts';

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
      secret: decodeURIComponent(text.slice(colon + 1).replaceAll('+', ' ')),
    };
  } catch {
    return null;
  }
}

/** What could be an id of ours; anything else costs no query. */
const CLIENT_ID = /^client_[0-9A-Za-z]{1,64}$/;

export type ClientAuthenticator = (credential: ClientCredential | null) => Promise<Client | null>;

/** Compares digests in constant time, for an unknown id too. */
export function createClientAuthenticator(
  clients: Pick<ClientStore, 'find'>,
  digest: (text: string) => Uint8Array,
): ClientAuthenticator {
  const nobody = digest('');
  return async (credential) => {
    if (!credential) return null;
    const client = CLIENT_ID.test(credential.id) ? await clients.find(credential.id) : null;
    const matches = timingSafeEqual(digest(credential.secret), client?.secretDigest ?? nobody);
    return client && matches ? client : null;
  };
}
