/** A verification listener's surroundings for tests: a gate with one service credential, and reports that go nowhere. */
import { basicCredential } from './client-credential.ts';
import type { ClientGate } from './client-gate.ts';
import type { VerificationAppParts } from './verification-app.ts';

export const SERVICE = {
  id: 'client_1',
  organizationId: 'default',
  name: 'reports',
  secretDigest: new Uint8Array(),
};

/** Admits `client_1` with this secret. */
export function gateFor(secret: string): ClientGate {
  const isRight = (presented: string | undefined) => {
    const credential = basicCredential(presented);
    return credential?.id === SERVICE.id && credential.secret === secret;
  };
  return {
    admitCached: () => undefined,
    admit: async (presented) => (isRight(presented) ? 'admitted' : 'refused'),
    identify: async (presented) => (isRight(presented) ? SERVICE : 'refused'),
  };
}

export const NO_REPORTS: VerificationAppParts['reports'] = {
  usage: { reportUse: () => {}, reportRefusals: () => {} },
  ownersOf: async () => [],
  batches: { count: async () => 'counted' },
  clock: () => 0,
};
