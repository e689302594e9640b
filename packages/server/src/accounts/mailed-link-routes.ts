/**
 * What the pages behind mailed links ask for: to confirm an address, to set a new password. A link that is
 * opened changes nothing; each change is a POST that a person's click sends.
 */
import { Refusal } from '../core/refusal.ts';
import { changeAccounts } from '../store/accounts/change-accounts.ts';
import { countPasskeys, deletePasskeys } from '../store/accounts/passkey-records.ts';
import {
  findPasswordHash,
  findUserById,
  replacePassword,
  type UserRecord,
  updateUser,
} from '../store/accounts/user-records.ts';
import type { Store } from '../store/engines/open-store.ts';
import type { FailedSignIns } from './failed-sign-ins.ts';
import { ACCOUNT_LIMIT, type Limiter } from './limits.ts';
import { MAIL_TEXTS } from './mail-texts.ts';
import type { LinkMails } from './mailed-links.ts';
import type { MailedTokenPurpose, MailedTokens } from './mailed-tokens.ts';
import { readNewPassword } from './new-password.ts';
import { hashPassword, verifyPassword } from './password-hash.ts';
import { parseEmail } from './profile-rules.ts';
import { type Call, json, parsed, type Route } from './route.ts';

export type MailedLinkRouteSettings = {
  readonly store: Store;
  readonly limiter: Limiter;
  readonly tokens: MailedTokens;
  readonly mails: LinkMails;
  readonly portalName: string;
  readonly failures: FailedSignIns;
  /** Whether there is a mail server. */
  readonly mailed: boolean;
  readonly nowMs: () => number;
};

export const mailedLinkRoutes = (settings: MailedLinkRouteSettings): (readonly [string, Route])[] => [
  ['POST /request-password-reset', { limit: 'mailedLink', answer: (call) => askForReset(settings, call) }],
  ['POST /send-verification-email', { limit: 'mailedLink', answer: (call) => askForProof(settings, call) }],
  ['POST /verify-email', { limit: 'usedLink', answer: (call) => verifyEmail(settings, call) }],
  ['POST /read-reset-link', { limit: 'usedLink', answer: (call) => readResetLink(settings, call) }],
  ['POST /reset-password', { limit: 'usedLink', answer: (call) => resetPassword(settings, call) }],
];

async function askForReset({ mails, mailed }: MailedLinkRouteSettings, call: Call): Promise<Response> {
  mails.reset(parsed('email', 'INVALID_EMAIL', parseEmail(call.body.email)));
  const message = mailed
    ? 'If there is an account for this address, a mail with a link to set a new password is on its way.'
    : 'This portal sends no mail. If there is an account for this address, its operator has been told: ask them for a new password.';
  return json({ status: true, message });
}

async function askForProof({ mails }: MailedLinkRouteSettings, call: Call): Promise<Response> {
  mails.verification(parsed('email', 'INVALID_EMAIL', parseEmail(call.body.email)));
  return json({ status: true });
}

/**
 * Confirms the address and signs in. Asks for the account's password: whoever reads the mail must not bring an
 * account to life that somebody else made for this address.
 */
async function verifyEmail(settings: MailedLinkRouteSettings, call: Call): Promise<Response> {
  const { store, limiter, tokens, failures, nowMs } = settings;
  const user = await ownerOf(settings, 'verify-email', call.body.token);
  const { password } = call.body;
  if (typeof password !== 'string' || password === '') throw wrongPassword('Enter your password.');
  // Counted with the sign-ins: a mailed link is no second door for guessing.
  const key = limiter.accountKey('sign-in', user.email);
  await limiter.take(key, ACCOUNT_LIMIT);
  call.context.checking = { userId: user.id, credentialEpoch: user.credentialEpoch };
  const hash = await findPasswordHash(store, user.id);
  if (hash === null || !(await verifyPassword(hash, password))) {
    failures.record({ userId: user.id, reason: 'password', actor: call.context.actor });
    throw wrongPassword('This is not the password of this account.');
  }
  await limiter.giveBack(key);
  if (!(await tokens.use('verify-email', call.body.token))) throw deadLink();
  await changeAccounts(
    store,
    call.context.actor,
    { accounts: [user.id], proof: call.context.checking },
    (transaction) => updateUser(transaction, user.id, { emailVerified: true }, nowMs()),
  );
  return call.forward({ path: '/sign-in/email', body: { email: user.email, password } });
}

/** What the page of a reset link shows before it is used. Changes nothing. */
async function readResetLink(settings: MailedLinkRouteSettings, call: Call): Promise<Response> {
  const user = await ownerOf(settings, 'reset-password', call.body.token);
  return json({ passkeys: await countPasskeys(settings.store, user.id) });
}

/**
 * All in one transaction: the new password, the proof of the address that the mail is, the passkeys if they
 * are to go. The tables end every session with the password, and every other link that was mailed.
 */
async function resetPassword(settings: MailedLinkRouteSettings, call: Call): Promise<Response> {
  const { store, limiter, tokens, mails, portalName, nowMs } = settings;
  const user = await ownerOf(settings, 'reset-password', call.body.token);
  // Before the link is used up, so that a password that is refused does not cost it.
  const known = [user.name, user.email, portalName];
  const newPassword = await readNewPassword('newPassword', call.body.newPassword, known);
  const hash = await hashPassword(newPassword);
  if (!(await tokens.use('reset-password', call.body.token))) throw deadLink();
  const removed = await changeAccounts(
    store,
    call.context.actor,
    { accounts: [user.id] },
    async (transaction, accounts) => {
      // The password may have been changed since the link was looked at: that change ended it.
      if (accounts.get(user.id)?.credentialEpoch !== user.credentialEpoch) throw deadLink();
      await replacePassword(transaction, user.id, hash, nowMs());
      await updateUser(transaction, user.id, { emailVerified: true }, nowMs());
      return call.body.removePasskeys === true ? deletePasskeys(transaction, user.id) : 0;
    },
  );
  await limiter.forget(limiter.accountKey('sign-in', user.email));
  mails.notice(user.email, (portal) => MAIL_TEXTS.passwordReset(portal, removed));
  return json({ status: true });
}

/** The account as it is in the epoch of the link. @throws Refusal `invalid_link` */
async function ownerOf(
  { store, tokens }: MailedLinkRouteSettings,
  purpose: MailedTokenPurpose,
  token: unknown,
): Promise<UserRecord> {
  const owner = await tokens.ownerOf(purpose, token);
  const user = owner && (await findUserById(store, owner.userId));
  if (!user || user.deactivatedAtMs !== null) throw deadLink();
  if (user.credentialEpoch !== owner.credentialEpoch) throw deadLink();
  return user;
}

const deadLink = () =>
  new Refusal('invalid_link', 'This link was used already, has expired or is not whole. Ask for a new one.');

const wrongPassword = (message: string) =>
  Refusal.ofFields([{ field: 'password', code: 'INVALID_PASSWORD', message }]);
