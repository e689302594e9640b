/**
 * better-auth's database adapter with one thing added: a change of a table that the audit trail covers runs
 * in a transaction that names its actor (store/audit/change-as.ts). Reads, and the tables nobody audits, go
 * straight through.
 */
import type { BetterAuthOptions } from 'better-auth';
import type { DBAdapter, Where } from 'better-auth/adapters';
import { getAdapter } from 'better-auth/db/adapter';
import { type AccountQueries, accountQueries } from '../store/accounts/account-tables.ts';
import { changeAs } from '../store/audit/change-as.ts';
import type { Store } from '../store/engines/open-store.ts';
import { addressOfAlias } from './address-alias.ts';
import { currentActor } from './request-context.ts';

const AUDITED = new Set(['user', 'session', 'account', 'passkey']);

const adapterOver = (options: BetterAuthOptions, kysely: AccountQueries, type: Store['dialect']) =>
  getAdapter({ ...options, database: { db: kysely, type } });

/** A user is looked for by the address that an alias stands for. */
const withAddress = (condition: Where): Where =>
  condition.field === 'email' && typeof condition.value === 'string'
    ? { ...condition, value: addressOfAlias(condition.value) }
    : condition;

export async function createAuditedAdapter(store: Store, options: BetterAuthOptions): Promise<DBAdapter> {
  const plain = await adapterOver(options, accountQueries(store), store.dialect);
  const change = <T>(model: string, work: (adapter: DBAdapter) => Promise<T>): Promise<T> =>
    AUDITED.has(model)
      ? changeAs(store, currentActor(), async (transaction) =>
          work(await adapterOver(options, transaction, store.dialect)),
        )
      : work(plain);
  const audited: DBAdapter = {
    ...plain,
    // better-auth's own transactions span several calls and would hide them from `change`; each call has its
    // own instead.
    transaction: (work) => work(audited),
    findOne: (data) =>
      plain.findOne(data.model === 'user' ? { ...data, where: data.where.map(withAddress) } : data),
    create: (data) => change(data.model, (adapter) => adapter.create(data)),
    update: (data) => change(data.model, (adapter) => adapter.update(data)),
    updateMany: (data) => change(data.model, (adapter) => adapter.updateMany(data)),
    delete: (data) => change(data.model, (adapter) => adapter.delete(data)),
    deleteMany: (data) => change(data.model, (adapter) => adapter.deleteMany(data)),
    consumeOne: (data) => change(data.model, (adapter) => adapter.consumeOne(data)),
    incrementOne: (data) => change(data.model, (adapter) => adapter.incrementOne(data)),
  };
  return audited;
}
