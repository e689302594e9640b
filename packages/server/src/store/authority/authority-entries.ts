/** What is stored of a secret and of a holder, read from rows, and everything that would change it. Shared by the sources of both engines. */
import {
  bytesOfWords,
  type HolderEntry,
  holderKey,
  kindOf,
  type LoadAnswer,
  type LoadedEntry,
  type LoadKey,
  type SecretEntry,
  type Subject,
  wordsOfKey,
} from '@lencana/verifier/node';
import { scopesOfRole } from '../../core/access/role.ts';
import type { HashDigester, SecretDigest } from '../../core/ports.ts';

/** Of `users u`. */
export const HOLDER_COLUMNS = `u.id AS holder_id, u.name AS holder_name, u.email AS holder_email, u.role AS holder_role,
  u.deactivated_at_ms AS holder_deactivated_at_ms`;

/** Of `token_secrets s`, `tokens t` and `users u`: a secret and its holder, in one look. */
export const SECRET_COLUMNS = `s.key_version, s.ends_at_ms AS secret_ends_at_ms, t.id AS token_id, t.name AS token_name,
  t.scopes AS token_scopes, t.created_at_ms, t.expires_at_ms, t.revoked_at_ms, t.organization_id,
  ${HOLDER_COLUMNS}`;

export type HolderRow = {
  holder_id: string;
  holder_name: string;
  holder_email: string;
  holder_role: string;
  holder_deactivated_at_ms: number | null;
};

export type SecretRow = HolderRow & {
  key_version: number;
  secret_ends_at_ms: number | null;
  token_id: string;
  token_name: string;
  token_scopes: string | null;
  created_at_ms: number;
  expires_at_ms: number | null;
  revoked_at_ms: number | null;
  organization_id: string;
};

/** The values of HOLDER_COLUMNS in their order, as SQLite gives them in half the time that it takes for an object. */
export type HolderValues = [
  holder_id: string,
  holder_name: string,
  holder_email: string,
  holder_role: string,
  holder_deactivated_at_ms: number | null,
];

/** The values of SECRET_COLUMNS in their order. */
export type SecretValues = [
  key_version: number,
  secret_ends_at_ms: number | null,
  token_id: string,
  token_name: string,
  token_scopes: string | null,
  created_at_ms: number,
  expires_at_ms: number | null,
  revoked_at_ms: number | null,
  organization_id: string,
  ...holder: HolderValues,
];

export function holderRowFromValues(values: HolderValues): HolderRow {
  const [holder_id, holder_name, holder_email, holder_role, holder_deactivated_at_ms] = values;
  return { holder_id, holder_name, holder_email, holder_role, holder_deactivated_at_ms };
}

export function secretRowFromValues(values: SecretValues): SecretRow {
  const [
    key_version,
    secret_ends_at_ms,
    token_id,
    token_name,
    token_scopes,
    created_at_ms,
    expires_at_ms,
    revoked_at_ms,
    organization_id,
    holder_id,
    holder_name,
    holder_email,
    holder_role,
    holder_deactivated_at_ms,
  ] = values;
  return {
    key_version,
    secret_ends_at_ms,
    token_id,
    token_name,
    token_scopes,
    created_at_ms,
    expires_at_ms,
    revoked_at_ms,
    organization_id,
    holder_id,
    holder_name,
    holder_email,
    holder_role,
    holder_deactivated_at_ms,
  };
}

/** What a key asks for, in the words of the tables. */
export type Wanted =
  | { readonly kind: 'secret'; readonly key: LoadKey; readonly digests: readonly SecretDigest[] }
  | { readonly kind: 'user'; readonly key: LoadKey; readonly holderId: string };

/** @throws TypeError if no entry has such a key */
export function wantedBy(key: LoadKey, digester: HashDigester): Wanted {
  switch (kindOf(key)) {
    case 'secret':
      return { kind: 'secret', key, digests: digester.digestsOfHash(bytesOfWords(wordsOfKey(key))) };
    case 'user':
      return { kind: 'user', key, holderId: key.slice('user:'.length) };
    case null:
      throw new TypeError('Nothing is stored of a kind that is not known.');
  }
}

/** The first 16 bytes of the digest, in hexadecimal: what the log and the audit trail call a secret. */
export const secretIdOf = (digest: Uint8Array): string =>
  Buffer.from(digest.buffer, digest.byteOffset, Math.min(16, digest.byteLength)).toString('hex');

type Place = Pick<LoadAnswer, 'history' | 'seq'>;

/** A secret, with its holder as it stood at the same moment. */
export function secretAnswer(place: Place, key: LoadKey, digest: Uint8Array, row: SecretRow): LoadAnswer {
  const secretId = secretIdOf(digest);
  const value: SecretEntry = {
    secretId,
    secretEndsAtMs: row.secret_ends_at_ms,
    revokedAtMs: row.revoked_at_ms,
    refusedFor: null,
    tokenId: row.token_id,
    tokenName: row.token_name,
    holderId: row.holder_id,
    organizationId: row.organization_id,
    ownScopes: row.token_scopes === null ? null : JSON.parse(row.token_scopes),
    createdAtMs: row.created_at_ms,
    expiresAtMs: row.expires_at_ms,
  };
  const subjects: Subject[] = [
    `secret:${secretId}`,
    `token:${row.token_id}`,
    `organization:${row.organization_id}`,
    `key:${row.key_version}`,
  ];
  return { ...place, entries: [{ key, value, subjects }, holderEntry(row)] };
}

export function holderAnswer(place: Place, key: LoadKey, row: HolderRow | undefined): LoadAnswer {
  const entry = row ? holderEntry(row) : { key, value: null, subjects: [key as Subject] };
  return { ...place, entries: [entry] };
}

function holderEntry(row: HolderRow): LoadedEntry {
  const value: HolderEntry = {
    holderName: row.holder_name,
    holderEmail: row.holder_email,
    deactivatedAtMs: row.holder_deactivated_at_ms,
    refusedFor: null,
    allowedScopes: scopesOfRole(row.holder_role),
  };
  return {
    key: holderKey(row.holder_id),
    value,
    subjects: [`user:${row.holder_id}`, `role:${row.holder_role}`],
  };
}

/** There is no such secret until one is created, under whichever key. */
export function noSecretAnswer(place: Place, key: LoadKey, digests: readonly SecretDigest[]): LoadAnswer {
  const subjects = digests.map(({ digest }): Subject => `secret:${secretIdOf(digest)}`);
  return { ...place, entries: [{ key, value: null, subjects }] };
}
