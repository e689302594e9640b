/** What those who administer do with accounts that takes authority away or gives it: roles, closing, opening again. Makes no accounts. */
import { requireAdministration } from '../access/access.ts';
import type { Actor } from '../access/actor.ts';
import type { Role } from '../access/role.ts';
import type { Finality } from '../authority/finality.ts';
import type { Clock } from '../ports.ts';
import { Refusal } from '../refusal.ts';

export type AccountChange = { readonly role?: Role; readonly active?: boolean };

export type EditedAccount = { readonly id: string; readonly role: Role; readonly active: boolean };

/** The change, what it rests on and its audit rows are one transaction. */
export type AccountStore = {
  /** null: there is no such account. `last_administrator`: nobody who is active would administer, so nothing was changed. */
  edit(
    email: string,
    change: AccountChange,
    atMs: number,
    actor: Actor,
  ): Promise<EditedAccount | 'last_administrator' | null>;
};

export type AccountServiceParts = {
  readonly store: AccountStore;
  readonly finality: Finality;
  readonly clock: Clock;
};

export type AccountService = ReturnType<typeof createAccountService>;

export function createAccountService({ store, finality, clock }: AccountServiceParts) {
  return {
    /**
     * Resolves when what it took away is refused everywhere; null where the change can only give. Waits also where nothing was left to
     * take: a call a moment ago may have died before its end. `email` as it is kept.
     * @throws Refusal `forbidden`, `not_found`, `last_administrator`, `not_yet_final`
     */
    async edit(
      email: string,
      change: AccountChange,
      actor: Actor,
    ): Promise<EditedAccount & { readonly refusedEverywhereAtMs: number | null }> {
      requireAdministration(actor);
      const edited = await store.edit(email, change, clock(), actor);
      if (edited === null) throw new Refusal('not_found', `There is no account for ${email}.`);
      if (edited === 'last_administrator') {
        throw new Refusal(
          'last_administrator',
          `${email} is the last active administrator. Make another one first.`,
        );
      }
      const takes = change.role !== undefined || change.active === false;
      const refusedEverywhereAtMs = takes ? await finality.settled(`The account ${email} is changed`) : null;
      return { ...edited, refusedEverywhereAtMs };
    },
  };
}
