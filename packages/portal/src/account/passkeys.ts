/**
 * Passkeys by better-auth's client, which talks to the browser's authenticator: signing in with one, proving who is here, adding,
 * listing and deleting them. Loads on demand. Every call resolves or throws a `Problem`; one given up on the device has the code
 * `PASSKEY_CANCELLED` or, where one was to be added, `PASSKEY_NOT_ADDED`.
 */
import { passkeyClient } from '@better-auth/passkey/client';
import { type PublicKeyCredentialRequestOptionsJSON, startAuthentication } from '@simplewebauthn/browser';
import { createAuthClient } from 'better-auth/client';
import { portalFetch } from '../api/portal-fetch.ts';
import { Problem, problemOfFailure } from '../api/problem.ts';
import { problemOfAccountAnswer } from './auth-client.ts';

export interface Passkey {
  id: string;
  name: string | null;
  createdAt: string;
  /** Whether its copies travel with the user's account at Apple, Google and the like. */
  synced: boolean;
}

const client = createAuthClient({
  baseURL: `${location.origin}/api/auth`,
  plugins: [passkeyClient()],
  disableDefaultFetchPlugins: true,
  fetchOptions: { customFetchImpl: portalFetch },
});

interface Answer<Data> {
  data: Data | null;
  error: { status: number; code?: string | undefined; message?: string | undefined } | null;
}

/** What the browser's dialog ends in when the user, or a second dialog, closes it. */
const givenUp = ['AUTH_CANCELLED', 'ERROR_CEREMONY_ABORTED', 'ERROR_PASSTHROUGH_SEE_CAUSE_PROPERTY'];

async function dataOf<Data>(call: Promise<Answer<Data>>, givenUpCode = 'PASSKEY_CANCELLED'): Promise<Data> {
  const { data, error } = await call.catch((failure: unknown) => {
    throw problemOfFailure(failure);
  });
  if (error === null && data !== null) return data;
  if (error?.code !== undefined && givenUp.includes(error.code)) {
    throw new Problem({ code: givenUpCode, status: 0, saved: 'no' });
  }
  // The client's own name for a call that did not come through.
  if (error === null || error.code === 'UNKNOWN_ERROR') throw problemOfFailure(error);
  throw problemOfAccountAnswer(error.status, error);
}

/** With `fromAutofill` it waits, without a dialog, until the user picks a passkey from the address field's list. */
export async function signInWithPasskey(fromAutofill = false): Promise<void> {
  await dataOf<unknown>(client.signIn.passkey({ autoFill: fromAutofill }));
}

/** Proves to the server that whoever is signed in is here, with a passkey of theirs. Begins no session. */
export async function reauthenticateWithPasskey(): Promise<void> {
  const optionsJSON = await dataOf<PublicKeyCredentialRequestOptionsJSON>(
    client.$fetch('/passkey/generate-authenticate-options'),
  );
  const response = await startAuthentication({ optionsJSON }).catch(() => {
    throw new Problem({ code: 'PASSKEY_CANCELLED', status: 0, saved: 'no' });
  });
  await dataOf<unknown>(client.$fetch('/reauthenticate/passkey', { method: 'POST', body: { response } }));
}

export async function addPasskey(name: string): Promise<void> {
  await dataOf<unknown>(client.passkey.addPasskey({ name }), 'PASSKEY_NOT_ADDED');
}

export async function listPasskeys(signal: AbortSignal): Promise<Passkey[]> {
  const passkeys = await dataOf<{ id: string; name?: string | null; createdAt: string; backedUp: boolean }[]>(
    client.$fetch('/passkey/list-user-passkeys', { signal }),
  );
  return passkeys.map(({ id, name, createdAt, backedUp }) => ({
    id,
    name: name ?? null,
    createdAt: String(createdAt),
    synced: backedUp,
  }));
}

export async function deletePasskey(id: string): Promise<void> {
  await dataOf<unknown>(client.$fetch('/passkey/delete-passkey', { method: 'POST', body: { id } }));
}
