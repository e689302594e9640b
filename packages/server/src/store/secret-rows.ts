/** What the look-up of a secret reads, the same over both engines, and how a record is made of it. */
import type { SecretRecord, Subject } from '@lencana/verifier';
import type { SecretDigest } from '../core/ports.ts';
import { effectiveScopes } from '../core/role.ts';

/** Of `token_secrets s`, `tokens t` and `users u`. */
export const SECRET_COLUMNS = `
  s.key_version, s.ends_at_ms AS secret_ends_at_ms, t.id AS token_id, t.name AS token_name, t.scopes AS token_scopes,
  t.created_at_ms, t.expires_at_ms, t.revoked_at_ms, t.organization_id,
  u.id AS holder_id, u.name AS holder_name, u.email AS holder_email, u.role AS holder_role,
  u.deactivated_at_ms AS holder_deactivated_at_ms`;

export type SecretRow = {
  readonly key_version: number;
  readonly secret_ends_at_ms: number | null;
  readonly token_id: string;
  readonly token_name: string;
  readonly token_scopes: string | null;
  readonly created_at_ms: number;
  readonly expires_at_ms: number | null;
  readonly revoked_at_ms: number | null;
  readonly organization_id: string;
  readonly holder_id: string;
  readonly holder_name: string;
  readonly holder_email: string;
  readonly holder_role: string;
  readonly holder_deactivated_at_ms: number | null;
};

export function recordFrom(row: SecretRow): SecretRecord {
  const ownScopes = row.token_scopes === null ? null : JSON.parse(row.token_scopes);
  return {
    secretEndsAtMs: row.secret_ends_at_ms,
    revokedAtMs: row.revoked_at_ms,
    holderDeactivatedAtMs: row.holder_deactivated_at_ms,
    token: {
      tokenId: row.token_id,
      tokenName: row.token_name,
      holderId: row.holder_id,
      holderName: row.holder_name,
      holderEmail: row.holder_email,
      organizationId: row.organization_id,
      scopes: effectiveScopes(ownScopes, row.holder_role),
      createdAtMs: row.created_at_ms,
      expiresAtMs: row.expires_at_ms,
    },
  };
}

/** As the triggers name it: the first 16 bytes of the stored digest. */
export const secretSubject = ({ digest }: Pick<SecretDigest, 'digest'>): Subject =>
  `secret:${Buffer.from(digest.buffer, digest.byteOffset, 16).toString('hex')}`;

/** Whatever would change the record if it changed. */
export function subjectsOf(row: SecretRow, digest: SecretDigest): readonly Subject[] {
  return [
    secretSubject(digest),
    `token:${row.token_id}`,
    `user:${row.holder_id}`,
    `organization:${row.organization_id}`,
    `role:${row.holder_role}`,
    `key:${row.key_version}`,
  ];
}
