/** Who may do what. The services ask here themselves, whichever way a call comes. Knows roles and actors; finds and changes nothing. */
import { Refusal } from '../refusal.ts';
import type { Actor } from './actor.ts';

/** What is known of a token that acts. */
type Acting = { readonly viaToken: { readonly scopes: readonly string[] | null } | null };

/** Tokens that were narrowed manage no tokens: what they could make would be a way around the narrowing. @throws Refusal `forbidden` */
export function requireTokenManagement({ viaToken }: Acting): void {
  if (viaToken === null || viaToken.scopes === null) return;
  throw new Refusal(
    'forbidden',
    'A token with narrowed access manages no tokens. Use the portal or another token.',
  );
}

/**
 * Accounts, invitations, service credentials, and tokens whoever holds them: for operators, and for administrators who are signed in.
 * @throws Refusal `forbidden`
 */
export function requireAdministration({ kind, role }: Actor): void {
  if (kind === 'operator' || (kind === 'user' && role === 'administrator')) return;
  throw new Refusal('forbidden', 'Only an administrator can do this.');
}
