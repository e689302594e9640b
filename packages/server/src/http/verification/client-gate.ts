/**
 * Who asks: service credentials, judged from a leased cache like tokens, so that a revoked one is refused everywhere when its
 * revocation returns. Keeps the SHA-256 of what was presented, never the secret.
 */
import { hash, timingSafeEqual } from 'node:crypto';
import {
  createLeasedCache,
  type Entry,
  type EntryKind,
  type Lease,
  type LoadAnswer,
} from '@lencana/verifier/node';
import type { Client } from '../../store/authority/client-store.ts';
import { basicCredential, type ClientCredential } from './client-credential.ts';

export type ClientGateParts = {
  readonly lease: Lease;
  readonly loadClient: (id: string) => Promise<LoadAnswer>;
  readonly digest: (secret: string) => Uint8Array;
  readonly onLoadFailure: (error: unknown) => void;
};

export type Admission = 'admitted' | 'refused' | 'unavailable';

export type ClientGate = {
  /** The `Basic` value that was presented. undefined where it cannot be said without waiting: ask `admit` then. */
  admitCached(presented: string | undefined): Admission | undefined;
  admit(presented: string | undefined): Promise<Admission>;
  /** The same, with whose credential it is. */
  identify(presented: string | undefined): Promise<Client | Exclude<Admission, 'admitted'>>;
};

const CLIENT_KIND: EntryKind<Client> = {
  pack: (client) =>
    JSON.stringify({ ...client, secretDigest: Buffer.from(client.secretDigest).toString('base64') }),
  unpack: (text) => {
    const parsed = JSON.parse(text);
    return { ...parsed, secretDigest: Buffer.from(parsed.secretDigest, 'base64') };
  },
  references: () => [],
  marksMax: 1,
};

/** What could be an id of ours; anything else costs no query. */
const CLIENT_ID = /^client_[0-9A-Za-z]{1,64}$/;
const CLIENTS_MAX = 10_000;
/** Presented values that were found right, by their SHA-256. */
const ADMITTED_MAX = 10_000;

export function createClientGate({ lease, loadClient, digest, onLoadFailure }: ClientGateParts): ClientGate {
  const cache = createLeasedCache<Client, Client>({
    lease,
    kinds: { client: CLIENT_KIND },
    root: 'client',
    join: (client) => client,
    load: (key) => loadClient(key.slice('client:'.length)),
    entriesMax: CLIENTS_MAX,
    negativesMax: CLIENTS_MAX,
    onLoadFailure,
  });
  const admitted = new Map<string, Entry<Client>>();
  const nobody = digest('');

  function admitCached(presented: string | undefined): Admission | undefined {
    if (presented === undefined) return 'refused';
    const known = admitted.get(hash('sha256', presented, 'base64url'));
    return known !== undefined && lease.isLive() && cache.isTrue(known) ? 'admitted' : undefined;
  }

  async function admit(presented: string | undefined): Promise<Admission> {
    const cached = admitCached(presented);
    if (cached !== undefined) return cached;
    const credential = basicCredential(presented);
    if (!credential) return 'refused';
    const isOurs = CLIENT_ID.test(credential.id);
    const entry = isOurs ? await find(credential.id) : null;
    if (isOurs && entry === null) return 'unavailable';
    if (!matches(credential, entry?.value ?? null) || entry === null) return 'refused';
    if (!lease.isLive() || !cache.isTrue(entry)) return 'unavailable';
    if (admitted.size >= ADMITTED_MAX) admitted.clear();
    admitted.set(hash('sha256', presented ?? '', 'base64url'), entry);
    return 'admitted';
  }

  async function identify(presented: string | undefined) {
    const admission = await admit(presented);
    if (admission !== 'admitted') return admission;
    return admitted.get(hash('sha256', presented ?? '', 'base64url'))?.value ?? 'unavailable';
  }

  /** Compares digests in constant time, for an unknown id too. */
  function matches(credential: ClientCredential, client: Client | null): boolean {
    return timingSafeEqual(digest(credential.secret), client?.secretDigest ?? nobody) && client !== null;
  }

  const find = (id: string) => cache.lookUp(`client:${id}`);

  return { admitCached, admit, identify };
}
