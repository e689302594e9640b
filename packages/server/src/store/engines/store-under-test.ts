/** A fresh, migrated store of either engine for tests, with two holders in it. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  joinSecret,
  type LoadAnswer,
  type LoadKey,
  type SecretEntry,
  type SecretRecord,
  secretKey,
  wordsOfBytes,
} from '@lencana/verifier/node';
import pg from 'pg';
import { inject } from 'vitest';
import { createDatabase } from '../../../../../tests/postgres.ts';
import { temporaryDirectory } from '../../../../../tests/run-directory.ts';
import { type Actor, operatorBy, SYSTEM } from '../../core/access/actor.ts';
import type { Token } from '../../core/tokens/token.ts';
import { changeAccounts } from '../accounts/change-accounts.ts';
import { insertUser } from '../accounts/user-records.ts';
import { createStoreSource } from '../authority/open-store-source.ts';
import type { StoreSource, StoreSourceParts } from '../authority/store-source.ts';
import { registerKeys } from '../tokens/digest-keys.ts';
import type { Dialect } from './migrate.ts';
import { openStore, type Store, type StoreLocation } from './open-store.ts';

export const DIALECTS: readonly Dialect[] = ['sqlite', 'postgres'];

export type StoreUnderTest = {
  readonly store: Store;
  readonly location: StoreLocation;
  readonly close: () => Promise<void>;
};

export const ACTOR: Actor = {
  ...SYSTEM,
  kind: 'user',
  id: 'ana',
  onBehalfOf: 'ana',
  role: 'member',
  sessionId: 'session-ana',
  way: 'portal',
  address: '127.0.0.1',
  agent: 'test',
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
  await addSession(store, 'ana');
  return {
    store,
    location,
    close: store.close,
  };
}

/** `session-<id>`, for as long as a test takes. */
async function addSession(store: Store, userId: string): Promise<void> {
  const now = new Date();
  await changeAccounts(store, operatorBy('test'), {}, async (transaction) => {
    await transaction
      .insertInto('sessions')
      .values({
        id: `session-${userId}`,
        user_id: userId,
        token: `token-of-${userId}`,
        expires_at: new Date(now.getTime() + 60 * 60 * 1000),
        ip_address: null,
        user_agent: null,
        credential_epoch: 0,
        created_at: now,
        updated_at: now,
      })
      .execute();
  });
}

async function addHolder(store: Store, id: string): Promise<void> {
  await changeAccounts(store, operatorBy('test'), {}, (transaction) =>
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
    madeByTokenId: null,
    madeBySecretId: null,
    lastUsedAtMs: null,
    lastUsedAddress: null,
    lastUsedClient: null,
    lastUsedReportedBy: null,
    ...change,
  };
}

/** Everything that a source of this store needs; a node id of its own for each call. */
export function sourceParts(store: Store, change: Partial<StoreSourceParts> = {}): StoreSourceParts {
  made++;
  return {
    store,
    // The tests' keys are the digests themselves.
    digester: { digestsOfHash: (digest) => [{ keyVersion: 1, digest }] },
    node: { id: `node_${made}`, kind: 'server', hostname: 'here', version: '0', pid: 1 },
    freshnessMs: 1000,
    clock: { monotonicMs: () => performance.now(), wallMs: Date.now },
    onFailure: () => {},
    ...change,
  };
}

export const openSource = (store: Store, change: Partial<StoreSourceParts> = {}): StoreSource =>
  createStoreSource(sourceParts(store, change));

/** Runs statements as an operator would at the database's own prompt: on a connection that knows nothing of this program. */
export async function runRaw(location: StoreLocation, ...statements: string[]): Promise<void> {
  if (location.kind === 'sqlite') {
    const database = new DatabaseSync(location.file, { timeout: 5000, enableForeignKeyConstraints: false });
    try {
      for (const statement of statements) database.exec(statement);
    } finally {
      database.close();
    }
    return;
  }
  const client = new pg.Client(location.url);
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

/** A digest that no other call gives. */
export function digestOf(seed: number): { digest: Uint8Array; keyVersion: number } {
  const digest = new Uint8Array(32);
  new DataView(digest.buffer).setUint32(0, seed);
  return { digest, keyVersion: 1 };
}

/** The key under which a source finds what is stored under a digest: here the digest is what it is made of. */
export const keyOf = (digest: Uint8Array): LoadKey => secretKey(wordsOfBytes(digest));

/** What an answer joins to. */
export function recordIn({ entries }: LoadAnswer): SecretRecord | null {
  const { value } = entries[0];
  const valueAt = (key: LoadKey) => entries.find((entry) => entry.key === key)?.value ?? null;
  return value === null ? null : joinSecret(value as SecretEntry, valueAt);
}
