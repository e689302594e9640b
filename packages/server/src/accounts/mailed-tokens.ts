/**
 * The one-time tokens that links in mails carry. Kept as better-auth keeps its own: as a digest, with an end.
 * Reading whose one is changes nothing; using one up is for the first who asks. Each is bound to the credential epoch of its
 * account: none outlives a change of the password, whoever makes it, or a deactivation. Sends no mail.
 */
import { randomBytes } from 'node:crypto';
import type { Auth } from './auth.ts';

/** How long a link in a mail works: an hour. */
export const LINK_TTL_MS = 60 * 60 * 1000;
const TOKEN_BYTES = 24;
const TOKEN_SHAPE = /^[\w-]{32}$/;

export type MailedTokenPurpose = 'verify-email' | 'reset-password';

/** Whom a token was mailed to, and the credential epoch of the account at that time. */
export type MailedTokenOwner = { readonly userId: string; readonly credentialEpoch: number };

export type MailedTokens = {
  readonly create: (purpose: MailedTokenPurpose, owner: MailedTokenOwner) => Promise<string>;
  /** Null: used up, ended or never made. Whoever acts on it compares the epoch in the transaction of the change. */
  readonly ownerOf: (purpose: MailedTokenPurpose, token: unknown) => Promise<MailedTokenOwner | null>;
  /** Uses it up. Of several callers at once, one is told true. */
  readonly use: (purpose: MailedTokenPurpose, token: unknown) => Promise<boolean>;
};

export function createMailedTokens(auth: Auth): MailedTokens {
  const values = async () => (await auth.$context).internalAdapter;
  const readable = (token: unknown): token is string => typeof token === 'string' && TOKEN_SHAPE.test(token);
  return {
    create: async (purpose, owner) => {
      const token = randomBytes(TOKEN_BYTES).toString('base64url');
      const expiresAt = new Date(Date.now() + LINK_TTL_MS);
      await (await values()).createVerificationValue({
        identifier: `${purpose}:${token}`,
        value: written(owner),
        expiresAt,
      });
      return token;
    },
    ownerOf: async (purpose, token) => {
      if (!readable(token)) return null;
      const found = await (await values()).findVerificationValue(`${purpose}:${token}`);
      return found && new Date(found.expiresAt).getTime() > Date.now() ? read(found.value) : null;
    },
    use: async (purpose, token) => {
      if (!readable(token)) return false;
      return (await (await values()).consumeVerificationValue(`${purpose}:${token}`)) !== null;
    },
  };
}

const written = ({ userId, credentialEpoch }: MailedTokenOwner) => `${userId}:${credentialEpoch}`;

/** Null: bound to no epoch. */
function read(value: string): MailedTokenOwner | null {
  const [, userId, epoch] = /^(.+):(\d+)$/.exec(value) ?? [];
  return userId === undefined ? null : { userId, credentialEpoch: Number(epoch) };
}
