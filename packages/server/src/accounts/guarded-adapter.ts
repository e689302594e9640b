/**
 * better-auth's database adapter with one thing added: whatever it writes is written on an authority that is looked at again in the
 * same transaction (store/authority/with-authority.ts), which also tells the audit trail who makes the change. Reads go straight
 * through, and so do mailed links and challenges, which are nobody's yet. A table that a plugin adds is guarded from the start.
 */
import type { BetterAuthOptions } from 'better-auth';
import type { DBAdapter, Where } from 'better-auth/adapters';
import { getAdapter } from 'better-auth/db/adapter';
import { type AccountQueries, accountQueries } from '../store/accounts/account-tables.ts';
import { type AuthorizedAccountTransaction, changeAccounts } from '../store/accounts/change-accounts.ts';
import { findOwnerOfPasskey } from '../store/accounts/passkey-records.ts';
import { findCredentialEpoch } from '../store/accounts/user-records.ts';
import type { Store } from '../store/engines/open-store.ts';
import { addressOfAlias } from './address-alias.ts';
import { currentActor, requestContext } from './request-context.ts';

const UNGUARDED = new Set(['verification']);

const adapterOver = (options: BetterAuthOptions, kysely: AccountQueries, type: Store['dialect']) =>
  getAdapter({ ...options, database: { db: kysely, type } });

/** What of a write says whom it concerns. */
type Write = {
  readonly model: string;
  readonly data?: unknown;
  readonly update?: unknown;
  readonly where?: readonly { readonly field: string; readonly value: unknown }[];
};

/** A user is looked for by the address that an alias stands for. */
const withAddress = (condition: Where): Where =>
  condition.field === 'email' && typeof condition.value === 'string'
    ? { ...condition, value: addressOfAlias(condition.value) }
    : condition;

export async function createGuardedAdapter(store: Store, options: BetterAuthOptions): Promise<DBAdapter> {
  const plain = await adapterOver(options, accountQueries(store), store.dialect);
  const change = <T>(write: Write, work: (adapter: DBAdapter) => Promise<T>): Promise<T> =>
    UNGUARDED.has(write.model)
      ? work(plain)
      : changeAccounts(
          store,
          currentActor(),
          { accounts: accountsOf(write), proof: requestContext()?.checking ?? null },
          async (transaction) => {
            const result = await work(await adapterOver(options, transaction, store.dialect));
            await rememberProof(transaction, write);
            return result;
          },
        );
  const guarded: DBAdapter = {
    ...plain,
    // better-auth's own transactions span several calls and would hide them from `change`; each call has its
    // own instead.
    transaction: (work) => work(guarded),
    findOne: (data) =>
      plain.findOne(data.model === 'user' ? { ...data, where: data.where.map(withAddress) } : data),
    create: (data) => change(data, (adapter) => adapter.create(data)),
    update: (data) => change(data, (adapter) => adapter.update(data)),
    updateMany: (data) => change(data, (adapter) => adapter.updateMany(data)),
    delete: (data) => change(data, (adapter) => adapter.delete(data)),
    deleteMany: (data) => change(data, (adapter) => adapter.deleteMany(data)),
    consumeOne: (data) => change(data, (adapter) => adapter.consumeOne(data)),
    incrementOne: (data) => change(data, (adapter) => adapter.incrementOne(data)),
  };
  return guarded;
}

function accountsOf({ data, where = [] }: Write): string[] {
  const named = [(data as { userId?: unknown } | undefined)?.userId];
  for (const { field, value } of where) if (field === 'userId') named.push(value);
  return named.filter((id) => typeof id === 'string');
}

/**
 * A request may take away its own session: a new password ends them all, and the one who set it gets a new session. From then on it
 * rests on that password; who signs in with a passkey, which is counted first, rests on the passkey.
 */
async function rememberProof(transaction: AuthorizedAccountTransaction, write: Write): Promise<void> {
  const context = requestContext();
  if (!context) return;
  const { actor } = context;
  if (write.model === 'account' && actor.onBehalfOf !== null && changesPassword(write)) {
    const userId = actor.onBehalfOf;
    context.checking = { userId, credentialEpoch: await findCredentialEpoch(transaction, userId) };
    context.actor = { ...actor, kind: 'visitor' };
  }
  if (write.model === 'passkey' && actor.kind === 'visitor') {
    const passkeyId = write.where?.find(({ field }) => field === 'id')?.value;
    const owner = typeof passkeyId === 'string' ? await findOwnerOfPasskey(transaction, passkeyId) : null;
    if (typeof passkeyId === 'string' && owner !== null) context.checking = { userId: owner, passkeyId };
  }
}

const changesPassword = ({ update }: Write) =>
  typeof update === 'object' && update !== null && 'password' in update;
