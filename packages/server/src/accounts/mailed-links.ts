/**
 * The mails about accounts, and who gets one. Whoever asks for a mail is answered before it is known whether
 * the address has an account, so neither the answer nor its time tells. Links point at the public URL and are
 * in no log.
 */
import type { Logger } from 'pino';
import { findUserByEmail } from '../store/accounts/user-records.ts';
import type { Store } from '../store/engines/open-store.ts';
import { AUTH_PATH, type Auth, type MailedLinks } from './auth.ts';
import { type Limiter, MAIL_LIMIT } from './limits.ts';
import type { Mailer } from './mail.ts';
import { MAIL_TEXTS } from './mail-texts.ts';

export type LinkMailSettings = {
  readonly store: Store;
  readonly limiter: Limiter;
  readonly publicUrl: URL;
  readonly portalName: string;
  readonly log: Pick<Logger, 'warn' | 'error'>;
  readonly mailer: Mailer | null;
};

export type LinkMails = {
  /** What better-auth calls to mail the links that it makes; null without a mail server. */
  readonly links: Pick<MailedLinks, 'verifyEmail' | 'resetPassword'> | null;
  readonly passwordChanged: (email: string) => void;
  /** For the owner of an address that somebody tried to sign up with again. */
  readonly accountExists: (email: string) => void;
  /** False: there is no mail server. */
  readonly invitation: (email: string, url: string) => boolean;
  /** Both return at once and never throw. */
  readonly askThrough: (auth: Auth) => {
    readonly reset: (email: string) => void;
    readonly verification: (email: string) => void;
  };
  readonly settled: () => Promise<void>;
};

export function createMailedLinks(settings: LinkMailSettings): LinkMails {
  const { store, limiter, publicUrl, portalName, log, mailer } = settings;
  const underWay = new Set<Promise<void>>();
  const inBackground = (work: () => Promise<void>) => {
    const running = work().catch((error: unknown) => log.error({ err: error }, 'a mail was not prepared'));
    underWay.add(running);
    void running.then(() => underWay.delete(running));
  };
  const mayMail = (email: string) => limiter.within(limiter.accountKey('mail', email), MAIL_LIMIT);
  const page = (path: string, query: Record<string, string> = {}) => {
    const url = new URL(path, publicUrl.origin);
    url.search = new URLSearchParams(query).toString();
    return url.href;
  };
  return {
    links: mailer && {
      verifyEmail: (email, token) =>
        mailer.send(
          email,
          MAIL_TEXTS.verifyEmail(portalName),
          page(`${AUTH_PATH}/verify-email`, { token, callbackURL: '/verify-email' }),
        ),
      resetPassword: (email, token) =>
        mailer.send(email, MAIL_TEXTS.resetPassword(portalName), page('/reset-password', { token })),
    },
    passwordChanged: (email) => mailer?.send(email, MAIL_TEXTS.passwordChanged(portalName), page('/sign-in')),
    accountExists: (email) =>
      inBackground(async () => {
        if (await mayMail(email)) mailer?.send(email, MAIL_TEXTS.accountExists(portalName), page('/sign-in'));
      }),
    invitation: (email, url) => {
      mailer?.send(email, MAIL_TEXTS.invitation(portalName), url);
      return mailer !== null;
    },
    askThrough: (auth) => ({
      reset: (email) =>
        inBackground(async () => {
          const user = await findUserByEmail(store, email);
          if (!user || user.deactivatedAtMs !== null) return;
          if (!mailer) return tellOperator(log, email);
          if (await mayMail(email)) await auth.api.requestPasswordReset({ body: { email } });
        }),
      verification: (email) =>
        inBackground(async () => {
          if (!mailer) return;
          const user = await findUserByEmail(store, email);
          if (!user || user.emailVerified || user.deactivatedAtMs !== null) return;
          if (await mayMail(email)) await auth.api.sendVerificationEmail({ body: { email } });
        }),
    }),
    settled: async () => {
      await Promise.all(underWay);
      await mailer?.settled();
    },
  };
}

/** For known addresses only: nobody else can write into the log what they like. */
function tellOperator(log: LinkMailSettings['log'], email: string): void {
  log.warn(
    { email },
    `A user forgot their password, and no mail server is set. To set a new one: lencana user reset-password --email ${email}`,
  );
}
