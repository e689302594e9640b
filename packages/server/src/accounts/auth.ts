/**
 * better-auth as this project runs it: what is on, how its tables are called, how it hashes and mails. It is
 * reached only through the gate (gate.ts), which decides what gets here.
 */
import { createHmac, randomUUID } from 'node:crypto';
import { passkey } from '@better-auth/passkey';
import { type BetterAuthOptions, betterAuth } from 'better-auth';
import type { DBAdapter } from 'better-auth/adapters';
import { APIError, isAPIError } from 'better-auth/api';
import type { Logger } from 'pino';
import { findUserById } from '../store/accounts/user-records.ts';
import type { Store } from '../store/engines/open-store.ts';
import { PASSKEY_CHALLENGE } from './cookies.ts';
import { hashPassword, verifyPassword } from './password-hash.ts';
import { PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN } from './password-rules.ts';
import { type RequestContext, requestContext } from './request-context.ts';

/** Path of better-auth's routes on the public URL. */
export const AUTH_PATH = '/api/auth';
/** A session ends after a week without use; use extends it at most once a day. */
const SESSION_TTL_SECONDS = 7 * 24 * 60 * 60;
const SESSION_EXTEND_SECONDS = 24 * 60 * 60;

export type AuthSettings = {
  readonly store: Store;
  /** Printable key for cookies and links; not in the database. */
  readonly secret: string;
  readonly publicUrl: URL;
  readonly portalName: string;
  readonly cookiePrefix: string;
  readonly log: Pick<Logger, 'warn' | 'error'>;
  /** Whether there is a mail server: nobody signs in before their address is proven. */
  readonly mailed: boolean;
  readonly nowMs: () => number;
};

const epochField = { type: 'number', required: true, input: false, returned: false } as const;

/** Names of tables and columns: plural, snake_case. */
const SCHEMA = {
  user: {
    modelName: 'users',
    fields: { emailVerified: 'email_verified', createdAt: 'created_at', updatedAt: 'updated_at' },
    additionalFields: {
      phoneNumber: { type: 'string', required: false, input: false, fieldName: 'phone_number' },
      role: { type: 'string', required: true, input: false, defaultValue: 'member' },
      organizationId: {
        type: 'string',
        required: true,
        input: false,
        defaultValue: 'default',
        fieldName: 'organization_id',
      },
    },
  },
  session: {
    modelName: 'sessions',
    fields: {
      userId: 'user_id',
      expiresAt: 'expires_at',
      ipAddress: 'ip_address',
      userAgent: 'user_agent',
      createdAt: 'created_at',
      updatedAt: 'updated_at',
    },
    additionalFields: {
      credentialEpoch: { ...epochField, fieldName: 'credential_epoch' },
      provenAt: { ...epochField, type: 'date', required: false, fieldName: 'proven_at' },
    },
  },
  account: {
    modelName: 'accounts',
    fields: {
      userId: 'user_id',
      providerId: 'provider_id',
      accountId: 'account_id',
      accessToken: 'access_token',
      refreshToken: 'refresh_token',
      idToken: 'id_token',
      accessTokenExpiresAt: 'access_token_expires_at',
      refreshTokenExpiresAt: 'refresh_token_expires_at',
      createdAt: 'created_at',
      updatedAt: 'updated_at',
    },
  },
  verification: {
    modelName: 'verifications',
    fields: { expiresAt: 'expires_at', createdAt: 'created_at', updatedAt: 'updated_at' },
  },
} as const;

const PASSKEY_SCHEMA = {
  passkey: {
    modelName: 'passkeys',
    fields: {
      userId: 'user_id',
      publicKey: 'public_key',
      credentialID: 'credential_id',
      deviceType: 'device_type',
      backedUp: 'backed_up',
      createdAt: 'created_at',
    },
  },
} as const;

/** A passkey stands for the password and the person, so its device must have checked the person. */
function refuseUnverified(verified: boolean | undefined): void {
  if (verified) return;
  throw new APIError('FORBIDDEN', {
    code: 'PASSKEY_WITHOUT_VERIFICATION',
    message: 'This passkey did not check that it is you (PIN, fingerprint or face). Use one that does.',
  });
}

const passkeyPlugin = ({ publicUrl, portalName }: AuthSettings) =>
  passkey({
    rpID: publicUrl.hostname,
    rpName: portalName,
    origin: publicUrl.origin,
    schema: PASSKEY_SCHEMA,
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    advanced: { webAuthnChallengeCookie: PASSKEY_CHALLENGE },
    registration: {
      afterVerification: async ({ verification }) =>
        refuseUnverified(verification.registrationInfo?.userVerified),
    },
    authentication: {
      afterVerification: async ({ verification }) =>
        refuseUnverified(verification.authenticationInfo.userVerified),
    },
  });

/**
 * What every new session gets: where it began, and the password it was won with. A deactivated user gets
 * none.
 */
async function completeSession({ store, nowMs }: AuthSettings, session: { userId: string }) {
  const user = await findUserById(store, session.userId);
  if (!user || user.deactivatedAtMs !== null) {
    throw new APIError('FORBIDDEN', {
      code: 'ACCOUNT_DEACTIVATED',
      message: 'This account is deactivated. Ask your administrator.',
    });
  }
  const context = requestContext();
  if (context?.proving) takeProof(context.proving, user.id);
  const proof = context?.checking;
  const checked = proof?.userId === user.id && 'credentialEpoch' in proof ? proof.credentialEpoch : null;
  return {
    data: {
      credentialEpoch: checked ?? user.credentialEpoch,
      provenAt: new Date(nowMs()),
      ipAddress: context?.actor.address ?? null,
      userAgent: context?.actor.agent ?? null,
    },
  };
}

/** A passkey was right: it proves who is signed in, or is somebody else's. @throws always, so no session begins */
function takeProof(proving: NonNullable<RequestContext['proving']>, userId: string): never {
  proving.proven = proving.userId === userId;
  throw new APIError('FORBIDDEN', {
    code: 'PASSKEY_OF_ANOTHER_ACCOUNT',
    message: 'This passkey belongs to another account. Use one of yours, or your password.',
  });
}

/** With a prefix of its own, so that what is stored is never the signature of a cookie. */
export const storedIdentifierUnder = (secret: string) => (identifier: string) =>
  createHmac('sha256', secret).update(`identifier:${identifier}`).digest('hex');

/** Everything but the database; a test holds it against the tables. */
export function authOptions(settings: AuthSettings) {
  const { secret, publicUrl, portalName, cookiePrefix, log, mailed } = settings;
  return {
    appName: portalName,
    baseURL: publicUrl.origin,
    basePath: AUTH_PATH,
    // `secrets`, not `secret`: with the latter a variable of the environment could put another key in its
    // place.
    secrets: [{ version: 1, value: secret }],
    trustedOrigins: [publicUrl.origin],
    telemetry: { enabled: false },
    // Attempts are counted at the gate, before better-auth sees a request.
    rateLimit: { enabled: false },
    ...SCHEMA,
    session: {
      ...SCHEMA.session,
      expiresIn: SESSION_TTL_SECONDS,
      updateAge: SESSION_EXTEND_SECONDS,
      // The gate asks for a proof (reauthentication.ts): a session is not fresh for being new alone.
      freshAge: 0,
      cookieCache: { enabled: false },
    },
    // Whoever reads the table cannot use the links that are still open.
    verification: {
      ...SCHEMA.verification,
      storeIdentifier: {
        hash: async (identifier: string) => storedIdentifierUnder(secret)(identifier),
      },
    },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      requireEmailVerification: mailed,
      minPasswordLength: PASSWORD_LENGTH_MIN,
      // Counted by better-auth in UTF-16 units; password-rules.ts counts characters and is the one that
      // decides.
      maxPasswordLength: 2 * PASSWORD_LENGTH_MAX,
      password: { hash: hashPassword, verify: ({ hash, password }) => verifyPassword(hash, password) },
    },
    databaseHooks: { session: { create: { before: (session) => completeSession(settings, session) } } },
    plugins: [passkeyPlugin(settings)],
    advanced: {
      cookiePrefix,
      // The prefix is the whole beginning of a name: better-auth would put `__Secure-` before it.
      useSecureCookies: false,
      defaultCookieAttributes: {
        httpOnly: true,
        sameSite: 'lax',
        path: '/',
        secure: publicUrl.protocol === 'https:',
      },
      // On whatever the environment says: better-auth turns these checks off in its test mode.
      disableOriginCheck: false,
      disableCSRFCheck: false,
      ipAddress: { disableIpTracking: true },
      database: { generateId: () => randomUUID() },
    },
    onAPIError: {
      // What is no refusal is a failure: the gate logs and answers it. better-auth would print it past the
      // log.
      onError: (error) => {
        if (!isAPIError(error)) throw error;
      },
    },
    logger: {
      level: 'error',
      log: (_level, message, ...more) =>
        log.error(
          { part: 'better-auth', reason: more.find((one) => one instanceof Error)?.message },
          message,
        ),
    },
  } satisfies BetterAuthOptions;
}

export const createAuth = (options: ReturnType<typeof authOptions>, adapter: DBAdapter) =>
  betterAuth({ ...options, database: () => adapter });

export type Auth = ReturnType<typeof createAuth>;
