/**
 * The accounts room's one door: who is signed in, and everything below /api/auth. Puts its parts together;
 * each part says for itself what it guarantees. Knows nothing of tokens.
 */
import type { Logger } from 'pino';
import { requireAdministration } from '../core/access/access.ts';
import type { Actor } from '../core/access/actor.ts';
import type { Role } from '../core/access/role.ts';
import { createAccountService } from '../core/accounts/account-service.ts';
import type { Finality } from '../core/authority/finality.ts';
import { createAccountStore } from '../store/accounts/account-store.ts';
import { changeAccounts } from '../store/accounts/change-accounts.ts';
import { readDeploymentId } from '../store/accounts/deployment-id.ts';
import { deleteEnded } from '../store/accounts/invitation-records.ts';
import { inBoundedSteps } from '../store/engines/bounded-steps.ts';
import type { Store } from '../store/engines/open-store.ts';
import { type AdmissionDesk, createAdmissionDesk, type SignUpMode } from './admission.ts';
import { authOptions, createAuth, storedIdentifierUnder } from './auth.ts';
import { cookieNames } from './cookies.ts';
import { createFailedSignIns } from './failed-sign-ins.ts';
import { createForwardedCookies } from './forwarded-cookies.ts';
import { createGate, type Gate } from './gate.ts';
import { createGuardedAdapter } from './guarded-adapter.ts';
import { createInvitation } from './invitations.ts';
import { ADDRESS_LIMITS, type AddressLimits, createLimiter } from './limits.ts';
import type { Mailer } from './mail.ts';
import { createMailedLinks, linkTo } from './mailed-links.ts';
import { createMailedTokens } from './mailed-tokens.ts';
import { currentActor } from './request-context.ts';
import { createRoutes } from './routes.ts';
import { createSessionReader, type SessionReader } from './sessions.ts';
import { setUpUrlOf } from './set-up-code.ts';
import { createSignUp } from './sign-up.ts';
import { createUserDirectory, requireEmail, type UserDirectory } from './user-directory.ts';

export type AccountsConfig = {
  /**
   * Where people open the portal; only its origin counts. Links and cookies are made for it, whatever a
   * request says.
   */
  readonly publicUrl: string;
  readonly portalName: string;
  readonly signUp: SignUpMode;
  /** How long after its beginning a session ends in any case, in milliseconds. */
  readonly sessionLifetimeMs: number;
};

export type AccountsSettings = {
  readonly store: Store;
  readonly config: AccountsConfig;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
  /**
   * Null: no mail server. Addresses are then not proven, and a forgotten password is the operator's to reset.
   */
  readonly mailer: Mailer | null;
  /** At least 32 bytes, the same on every node, not in the database. Signs cookies and links. */
  readonly secret: Uint8Array;
  /** What the operator reads in the server's output to become the first administrator, of the database as it is now. */
  readonly setupCode: () => Promise<string>;
  /** Waits until what an act took away is refused everywhere. */
  readonly finality: Finality;
  readonly nowMs?: () => number;
  readonly addressLimits?: AddressLimits;
  /** See SignUpSettings.answerAfterMs. Default 500. */
  readonly answerAfterMs?: number;
};

export type Accounts = {
  /** Answers every request below /api/auth. Never throws. */
  readonly handler: Gate;
  /** Whose session these headers carry; asks the database each time. */
  readonly sessionFrom: SessionReader;
  readonly setupState: AdmissionDesk['setupState'];
  /** The link that makes the first administrator. Null: there was one. */
  readonly setUpUrl: () => Promise<string | null>;
  /** For the operator's command line. */
  readonly users: UserDirectory;
  /**
   * Makes a one-time invitation, mails it where there is a mail server and an address. @throws Refusal
   */
  readonly invite: (
    invited: { readonly email: string | null; readonly role: Role },
    actor: Actor,
  ) => Promise<{ readonly url: string; readonly expiresAtMs: number; readonly mailed: boolean }>;
  /** Takes away what has expired. To be called now and then (hourly will do); nothing depends on when. */
  readonly sweep: () => Promise<void>;
  /** Waits for mails, look-ups and audit rows that nobody waited for. Before closing the store. */
  readonly settled: () => Promise<void>;
};

/** The configuration cannot be kept as it stands; the message says what to set. */
export class AccountsConfigError extends Error {
  override readonly name = 'AccountsConfigError';
}

/** So many of each kind in one transaction: nobody who writes waits long for it. */
const SWEPT_AT_ONCE = 200;
const ANSWER_AFTER_MS = 500;
const SECRET_BYTES_MIN = 32;

/** @throws AccountsConfigError */
export async function createAccounts(settings: AccountsSettings): Promise<Accounts> {
  const { store, config, log, mailer, setupCode, finality, nowMs = Date.now } = settings;
  refuseBadSettings(settings);
  const publicUrl = new URL(config.publicUrl);
  const editing = createAccountService({ store: createAccountStore(store), finality, clock: nowMs });
  const secret = Buffer.from(settings.secret).toString('base64url');
  const limiter = createLimiter(store, secret, nowMs);
  const desk = createAdmissionDesk({ store, limiter, signUp: config.signUp, setupCode, nowMs });
  const names = cookieNames(publicUrl.protocol === 'https:', await readDeploymentId(store));
  const sessionFrom = createSessionReader({
    store,
    secret,
    cookieName: names.session,
    lifetimeMs: config.sessionLifetimeMs,
    nowMs,
  });
  const options = authOptions({
    store,
    secret,
    publicUrl,
    portalName: config.portalName,
    cookiePrefix: names.prefix,
    log,
    mailed: mailer !== null,
    nowMs,
  });
  const auth = createAuth(options, await createGuardedAdapter(store, options));
  await auth.$context;
  const tokens = createMailedTokens(auth);
  const { portalName } = config;
  const mails = createMailedLinks({ store, limiter, tokens, publicUrl, portalName, log, mailer });
  const failures = createFailedSignIns({ store, nowMs, log });
  const signUp = createSignUp({
    store,
    desk,
    nowMs,
    mailed: mailer && { created: mails.verification, existed: mails.accountExists },
    answerAfterMs: settings.answerAfterMs ?? ANSWER_AFTER_MS,
  });
  const routes = createRoutes({
    store,
    limiter,
    signUp,
    tokens,
    mails,
    portalName,
    failures,
    sessionLifetimeMs: config.sessionLifetimeMs,
    mailed: mailer !== null,
    nowMs,
  });
  const addressLimits = settings.addressLimits ?? ADDRESS_LIMITS;
  return {
    handler: createGate({
      auth,
      routes,
      limiter,
      addressLimits,
      sessionFrom,
      forwardedCookies: createForwardedCookies({
        store,
        secret,
        names,
        storedIdentifier: storedIdentifierUnder(secret),
        nowMs,
      }),
      publicUrl,
      nowMs,
      log,
    }),
    sessionFrom,
    setupState: desk.setupState,
    setUpUrl: async () =>
      (await desk.setupState()) === 'done' ? null : setUpUrlOf(publicUrl.origin, await setupCode()),
    users: createUserDirectory(store, editing, nowMs, (email) =>
      limiter.forget(limiter.accountKey('sign-in', email)),
    ),
    invite: async ({ email, role }, actor) => {
      requireAdministration(actor);
      const invited = { email: email === null ? null : requireEmail(email), role };
      const { code, expiresAtMs } = await createInvitation(store, actor, invited, nowMs());
      const url = linkTo(publicUrl, '/sign-up', { invitation: code });
      return { url, expiresAtMs, mailed: invited.email !== null && mails.invitation(invited.email, url) };
    },
    sweep: () =>
      inBoundedSteps(SWEPT_AT_ONCE, (atOnce) =>
        changeAccounts(store, currentActor(), {}, (transaction) =>
          deleteEnded(transaction, config.sessionLifetimeMs, nowMs(), atOnce),
        ),
      ),
    settled: async () => {
      await mails.settled();
      await failures.flush(true);
    },
  };
}

function refuseBadSettings({ config, mailer, secret }: AccountsSettings): void {
  if (!/^https?:$/.test(URL.parse(config.publicUrl)?.protocol ?? '')) {
    throw new AccountsConfigError('The public URL must start with http:// or https://.');
  }
  if (secret.length < SECRET_BYTES_MIN) {
    throw new AccountsConfigError('The accounts secret is too short.');
  }
  if (config.signUp.mode === 'domains' && !mailer) {
    throw new AccountsConfigError(
      'LENCANA_SIGN_UP=domains:… needs a mail server, because an address that was never proven proves no domain. Set LENCANA_SMTP_URL and LENCANA_MAIL_FROM, or use LENCANA_SIGN_UP=invitation.',
    );
  }
}
