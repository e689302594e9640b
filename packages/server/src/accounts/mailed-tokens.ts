/**
 * The one-time tokens that links in mails carry. Kept as better-auth keeps its own: as a digest, with an end.
 * Reading whose one is changes nothing; using one up is for the first who asks. Sends no mail.
 */
import { randomBytes } from 'node:crypto';
import type { Auth } from './auth.ts';

/** How long a link in a mail works: an hour. */
export const LINK_TTL_MS = 60 * 60 * 1000;
const TOKEN_BYTES = 24;
const TOKEN_SHAPE = /^[\w-]{32}$/;

export type MailedTokenPurpose = 'verify-email' | 'reset-password';

export type MailedTokens = {
  readonly create: (purpose: MailedTokenPurpose, userId: string) => Promise<string>;
  /** Whose token it is; null: used up, ended or never made. */
  readonly ownerOf: (purpose: MailedTokenPurpose, token: unknown) => Promise<string | null>;
  /** Uses it up and says whose it was. Of several callers at once, one is told. */
  readonly use: (purpose: MailedTokenPurpose, token: unknown) => Promise<string | null>;
};

export function createMailedTokens(auth: Auth): MailedTokens {
  const values = async () => (await auth.$context).internalAdapter;
  const readable = (token: unknown): token is string => typeof token === 'string' && TOKEN_SHAPE.test(token);
  return {
    create: async (purpose, userId) => {
      const token = randomBytes(TOKEN_BYTES).toString('base64url');
      const expiresAt = new Date(Date.now() + LINK_TTL_MS);
      await (await values()).createVerificationValue({
        identifier: `${purpose}:${token}`,
        value: userId,
        expiresAt,
      });
      return token;
    },
    ownerOf: async (purpose, token) => {
      if (!readable(token)) return null;
      const found = await (await values()).findVerificationValue(`${purpose}:${token}`);
      return found && new Date(found.expiresAt).getTime() > Date.now() ? found.value : null;
    },
    use: async (purpose, token) => {
      if (!readable(token)) return null;
      return (await (await values()).consumeVerificationValue(`${purpose}:${token}`))?.value ?? null;
    },
  };
}
