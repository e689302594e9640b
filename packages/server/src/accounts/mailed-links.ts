/**
 * The mails about accounts, and who gets one. Whoever asks for a mail is answered before it is known whether
 * the address has an account, so neither the answer nor its time tells. Links point at pages of the public URL
 * and carry their token in the fragment, which browsers send to nobody: it is in no access log and no Referer.
 * Each mail is counted before it is made.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Logger } from 'pino';
import { findUserByEmail, type UserRecord } from '../store/accounts/user-records.ts';
import type { Store } from '../store/engines/open-store.ts';
import { type Limiter, MAIL_LIMIT, NOTICE_LIMIT } from './limits.ts';
import type { Mailer } from './mail.ts';
import { MAIL_TEXTS, type MailText } from './mail-texts.ts';
import type { MailedTokenPurpose, MailedTokens } from './mailed-tokens.ts';

export type LinkMailSettings = {
  readonly store: Store;
  readonly limiter: Limiter;
  readonly tokens: MailedTokens;
  readonly publicUrl: URL;
  readonly portalName: string;
  readonly log: Pick<Logger, 'warn' | 'error'>;
  /** Null: no mail server. A forgotten password is then the operator's to reset. */
  readonly mailer: Mailer | null;
};

/** None of them waits for a mail or for what it is about, and none throws. */
export type LinkMails = {
  /** To an address with an account that may use it: a link to set a new password. */
  readonly reset: (email: string) => void;
  /** To an address with an account that has not confirmed it: a link to do so. */
  readonly verification: (email: string) => void;
  /** For the owner of an address that somebody tried to sign up with again. */
  readonly accountExists: (email: string) => void;
  /** Tells an account's owner of a change of it. */
  readonly notice: (email: string, text: (portal: string) => MailText) => void;
  /** False: there is no mail server. */
  readonly invitation: (email: string, url: string) => boolean;
  readonly settled: () => Promise<void>;
};

/** A page of the portal with what its link carries, like `/sign-up#invitation=…`. */
export function linkTo(publicUrl: URL, path: string, carried: Record<string, string> = {}): string {
  const url = new URL(path, publicUrl.origin);
  url.hash = new URLSearchParams(carried).toString();
  return url.href;
}

export function createMailedLinks(settings: LinkMailSettings): LinkMails {
  const { store, limiter, tokens, publicUrl, portalName, log, mailer } = settings;
  const background = createBackground(log);
  const mayMail = (email: string) => limiter.within(limiter.accountKey('mail', email), MAIL_LIMIT);
  const mayTell = (email: string) => limiter.within(limiter.accountKey('notice', email), NOTICE_LIMIT);
  const mailToken = async (purpose: MailedTokenPurpose, user: UserRecord, text: MailText) => {
    const token = await tokens.create(purpose, { userId: user.id, credentialEpoch: user.credentialEpoch });
    mailer?.send(user.email, text, linkTo(publicUrl, `/${purpose}`, { token }));
  };
  return {
    reset: (email) =>
      background.run(async () => {
        const user = await findUserByEmail(store, email);
        if (!user || user.deactivatedAtMs !== null) return;
        if (!mailer) return tellOperator(log, email);
        if (await mayMail(email))
          await mailToken('reset-password', user, MAIL_TEXTS.resetPassword(portalName));
      }),
    verification: (email) =>
      background.run(async () => {
        if (!mailer) return;
        const user = await findUserByEmail(store, email);
        if (!user || user.emailVerified || user.deactivatedAtMs !== null) return;
        if (await mayMail(email)) await mailToken('verify-email', user, MAIL_TEXTS.verifyEmail(portalName));
      }),
    accountExists: (email) =>
      background.run(async () => {
        if (!mailer || !(await mayMail(email))) return;
        mailer.send(email, MAIL_TEXTS.accountExists(portalName), linkTo(publicUrl, '/sign-in'));
      }),
    notice: (email, text) =>
      background.run(async () => {
        if (!mailer || !(await mayTell(email))) return;
        mailer.send(email, text(portalName), linkTo(publicUrl, '/sign-in'));
      }),
    invitation: (email, url) => {
      mailer?.send(email, MAIL_TEXTS.invitation(portalName), url);
      return mailer !== null;
    },
    settled: async () => {
      await background.settled();
      await mailer?.settled();
    },
  };
}

/** Work that nobody waits for. It begins in a later turn, so that the answer goes out first. */
function createBackground(log: Pick<Logger, 'error'>) {
  const underWay = new Set<Promise<void>>();
  return {
    run: (work: () => Promise<void>): void => {
      const running = nextTurn()
        .then(work)
        .catch((error: unknown) => log.error({ err: error }, 'a mail was not prepared'));
      underWay.add(running);
      void running.then(() => underWay.delete(running));
    },
    settled: async (): Promise<void> => {
      while (underWay.size > 0) await Promise.all(underWay);
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
