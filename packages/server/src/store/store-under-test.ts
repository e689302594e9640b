/** A fresh, migrated store of either engine for tests, with two holders in it. */
import { join } from 'node:path';
import { inject } from 'vitest';
import { createDatabase } from '../../../../tests/postgres.ts';
import { temporaryDirectory } from '../../../../tests/run-directory.ts';
import type { Actor } from '../core/ports.ts';
import type { Token } from '../core/token.ts';
import { createStoreSource, type StoreSource, type StoreSourceParts } from './authority-source.ts';
import { changeFrom } from './change-origin.ts';
import { registerKeys } from './digest-keys.ts';
import type { Dialect } from './migrate.ts';
import { createNodeStore } from './nodes.ts';
import { openStore, type Store, type StoreLocation } from './open-store.ts';
import { insertUser } from './user-records.ts';

export const DIALECTS: readonly Dialect[] = ['sqlite', 'postgres'];

export type StoreUnderTest = {
  readonly store: Store;
  readonly location: StoreLocation;
  readonly close: () => Promise<void>;
};

export const ACTOR: Actor = {
  kind: 'user',
  id: 'ana',
  address: '127.0.0.1',
  client: 'test',
  requestId: 'r1',
};

/** Where nothing is yet; gone with the run. */
export async function freshLocation(dialect: Dialect): Promise<StoreLocation> {
  if (dialect === 'postgres') return { kind: 'postgres', url: await createDatabase(inject('postgresUrl')) };
  return { kind: 'sqlite', file: join(temporaryDirectory('store'), 'lencana.db') };
}

export async function openStoreUnderTest(dialect: Dialect): Promise<StoreUnderTest> {
  const location = await freshLocation(dialect);
  const store = openStore(location, () => {});
  await store.migrate();
  await registerKeys(store, new Map([[1, 'fingerprint-1']]), 1);
  for (const id of ['ana', 'budi']) await addHolder(store, id);
  return {
    store,
    location,
    close: store.close,
  };
}

let sources = 0;

/** What verification reads, of a node of its own. Secrets are stored under what would be their SHA-256: see `digestOf`. */
export function sourceOf(
  { store, location }: StoreUnderTest,
  change: Partial<StoreSourceParts> = {},
): StoreSource & { readonly nodeId: string } {
  const nodeId = `node_${++sources}`;
  const freshnessMs = change.freshnessMs ?? 1000;
  const identity = { id: nodeId, name: 'test', version: '0', pid: 1, freshnessMs };
  const source = createStoreSource({
    store,
    location,
    digestsOfHash: (digest) => [{ digest, keyVersion: 1 }],
    register: () => createNodeStore(store).register(identity, Date.now()),
    nodeId,
    freshnessMs,
    notified: true,
    onLost: () => {},
    ...change,
  });
  return { ...source, nodeId };
}

async function addHolder(store: Store, id: string): Promise<void> {
  const origin = {
    actorKind: 'operator' as const,
    actorId: null,
    address: null,
    client: null,
    requestId: null,
    via: 'test',
  };
  await changeFrom(store, origin, (transaction) =>
    insertUser(
      transaction,
      {
        id,
        name: id,
        email: `${id}@example.com`,
        phoneNumber: null,
        role: 'member',
        emailVerified: true,
        passwordHash: 'none',
      },
      Date.now(),
    ),
  );
}

let made = 0;

/** A token of Ana's that was never used and never ends, unless said otherwise. */
export function tokenOf(change: Partial<Token> = {}): Token {
  made++;
  return {
    id: `tok_${String(made).padStart(6, '0')}`,
    organizationId: 'default',
    holderId: 'ana',
    name: `token ${made}`,
    masked: 'cldkctl_…gj4T',
    scopes: null,
    createdAtMs: 1000,
    expiresAtMs: null,
    revokedAtMs: null,
    lastUsedAtMs: null,
    lastUsedAddress: null,
    lastUsedClient: null,
    ...change,
  };
}

/** A digest that no other call gives. */
export function digestOf(seed: number): { digest: Uint8Array; keyVersion: number } {
  const digest = new Uint8Array(32);
  new DataView(digest.buffer).setUint32(0, seed);
  return { digest, keyVersion: 1 };
}
