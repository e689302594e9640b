/**
 * Passkeys: signing in with one, adding, renaming and removing them. better-auth keeps and judges them; here is
 * who may ask. A passkey outlives the session that added it, so adding and removing one asks for a recent proof
 * (the gate sees to it) and is mailed to the owner.
 */
import { Refusal } from '../core/refusal.ts';
import { findPasskeyOwner } from '../store/accounts/passkey-records.ts';
import type { Store } from '../store/engines/open-store.ts';
import type { FailedSignIns } from './failed-sign-ins.ts';
import { MAIL_TEXTS } from './mail-texts.ts';
import type { LinkMails } from './mailed-links.ts';
import { requirePasskeyResponse } from './passkey-response.ts';
import { parseName } from './profile-rules.ts';
import { type Call, parsed, type Route, signedIn } from './route.ts';

export type PasskeyRouteSettings = {
  readonly store: Store;
  readonly mails: LinkMails;
  readonly failures: FailedSignIns;
};

const forward = (call: Call) => call.forward();

export const passkeyRoutes = (settings: PasskeyRouteSettings): (readonly [string, Route])[] => [
  [
    'GET /passkey/generate-register-options',
    { limit: 'change', signedIn: true, proven: true, answer: forward },
  ],
  [
    'POST /passkey/verify-registration',
    { limit: 'change', signedIn: true, proven: true, answer: (call) => addPasskey(settings, call) },
  ],
  ['GET /passkey/generate-authenticate-options', { limit: 'signIn', answer: forward }],
  [
    'POST /passkey/verify-authentication',
    { limit: 'signIn', answer: (call) => signInByPasskey(settings, call) },
  ],
  ['GET /passkey/list-user-passkeys', { signedIn: true, answer: forward }],
  [
    'POST /passkey/delete-passkey',
    { limit: 'change', signedIn: true, proven: true, answer: (call) => removePasskey(settings, call) },
  ],
  ['POST /passkey/update-passkey', { limit: 'change', signedIn: true, answer: renamePasskey }],
];

async function signInByPasskey({ store, failures }: PasskeyRouteSettings, call: Call): Promise<Response> {
  requirePasskeyResponse('authentication', call.body.response);
  const answer = await call.forward();
  if (!answer.ok) {
    const credential = (call.body.response as { id?: unknown } | undefined)?.id;
    const userId = typeof credential === 'string' ? await findPasskeyOwner(store, credential) : null;
    failures.record({ userId, reason: 'passkey', actor: call.context.actor });
  }
  return answer;
}

/** Without `createSession`, which would begin a session that no sign-in began. */
async function addPasskey({ mails }: PasskeyRouteSettings, call: Call): Promise<Response> {
  requirePasskeyResponse('registration', call.body.response);
  const answer = await call.forward({
    body: { response: call.body.response, name: passkeyName(call.body.name) },
  });
  if (answer.ok) mails.notice(signedIn(call).user.email, MAIL_TEXTS.passkeyAdded);
  return answer;
}

async function removePasskey({ mails }: PasskeyRouteSettings, call: Call): Promise<Response> {
  const answer = await ownPasskey(call);
  if (answer.ok) mails.notice(signedIn(call).user.email, MAIL_TEXTS.passkeyRemoved);
  return answer;
}

async function renamePasskey(call: Call): Promise<Response> {
  return ownPasskey(call, { id: call.body.id, name: passkeyName(call.body.name) });
}

/** Somebody else's passkey is not there: better-auth would say that it exists. */
async function ownPasskey(call: Call, body = call.body): Promise<Response> {
  const response = await call.forward({ body });
  if (response.status !== 401 && response.status !== 404) return response;
  throw new Refusal('not_found', 'This passkey is not there. It may have been removed already.');
}

function passkeyName(input: unknown): string | undefined {
  if (input === undefined || input === null || input === '') return undefined;
  return parsed('name', 'INVALID_NAME', parseName(input));
}
