/** The rows of the database on which tokens are made, and what is changed of them and seen in them at one instant. Waits for nothing. */
import type { Actor } from '../../packages/server/src/core/access/actor.ts';
import type { KeptReply } from '../../packages/server/src/core/replies/kept-replies.ts';
import type { Token } from '../../packages/server/src/core/tokens/token.ts';

export type Role = 'member' | 'viewer';
export type Account = { role: Role; isActive: boolean; credentialEpoch: number };
type Session = { readonly userId: string; readonly credentialEpoch: number };

/** `makerId` is what made it indeed; `madeByTokenId` what the service wrote down. `gone`: what of its authority was gone at its commit. */
export type MintedToken = Token & { readonly makerId: string | null; readonly gone: string | null };

export type State = {
  readonly accounts: Map<string, Account>;
  readonly sessions: Map<string, Session>;
  readonly tokens: Map<string, MintedToken>;
  readonly replies: Map<string, KeptReply>;
};

export type Change = (state: State) => void;

export const copyOf = (state: State): State => ({
  accounts: new Map(state.accounts),
  sessions: new Map(state.sessions),
  tokens: new Map(state.tokens),
  replies: new Map(state.replies),
});

export const EMPTY: State = {
  accounts: new Map(),
  sessions: new Map(),
  tokens: new Map(),
  replies: new Map(),
};

export function revokeIn({ tokens }: State, ids: readonly string[], atMs: number): void {
  for (const id of ids) {
    const token = tokens.get(id);
    if (token && token.revokedAtMs === null) tokens.set(id, { ...token, revokedAtMs: atMs });
  }
}

/** What of an actor's authority is not there, by a look at the rows that asks no code of the product. */
export function whatIsGone({ accounts, sessions, tokens }: State, actor: Actor): string | null {
  const account = accounts.get(actor.onBehalfOf ?? '');
  if (!account?.isActive) return 'the account is closed';
  if (actor.role === 'member' && account.role === 'viewer') return 'the role is lowered';
  if (actor.tokenId !== null)
    return tokens.get(actor.tokenId)?.revokedAtMs === null ? null : `${actor.tokenId} is deleted`;
  const session = sessions.get(actor.sessionId ?? '');
  if (!session) return `${actor.sessionId} has ended`;
  return session.credentialEpoch === account.credentialEpoch ? null : 'the password was replaced';
}
