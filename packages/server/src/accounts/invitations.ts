/**
 * One-time codes that let somebody sign up. The code itself is never kept, only its SHA-256: 160 random bits
 * need no salt.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Actor } from '../core/access/actor.ts';
import type { Role } from '../core/access/role.ts';
import { changeAccounts } from '../store/accounts/change-accounts.ts';
import {
  findLiveInvitation,
  type InvitationRecord,
  insertInvitation,
} from '../store/accounts/invitation-records.ts';
import type { Store } from '../store/engines/open-store.ts';

/** How long an invitation can be used: seven days. */
export const INVITATION_TTL_MS = 7 * 24 * 60 * 60 * 1000;
const CODE_BYTES = 20;

const digestOf = (code: string) => createHash('sha256').update(code.trim()).digest('hex');

export type Invitation = { readonly code: string; readonly expiresAtMs: number };

/** `email`, if given, is the only address that the invitation serves. */
export async function createInvitation(
  store: Store,
  actor: Actor,
  { email, role }: { readonly email: string | null; readonly role: Role },
  nowMs: number,
): Promise<Invitation> {
  const code = randomBytes(CODE_BYTES).toString('base64url');
  const expiresAtMs = nowMs + INVITATION_TTL_MS;
  await changeAccounts(store, actor, {}, (transaction) =>
    insertInvitation(
      transaction,
      { id: randomUUID(), digest: digestOf(code), email, role, expiresAtMs },
      nowMs,
    ),
  );
  return { code, expiresAtMs };
}

export const findInvitation = (store: Store, code: string, nowMs: number): Promise<InvitationRecord | null> =>
  findLiveInvitation(store, digestOf(code), nowMs);
