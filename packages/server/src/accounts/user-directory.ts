/**
 * Makes and changes users: the one way in for the sign-up form and the command line. Each act is one
 * transaction with its audit rows. Asks nobody for permission.
 */
import { randomUUID } from 'node:crypto';
import { requireAdministration } from '../core/access/access.ts';
import type { Actor } from '../core/access/actor.ts';
import type { Role } from '../core/access/role.ts';
import type { AccountService } from '../core/accounts/account-service.ts';
import { Refusal } from '../core/refusal.ts';
import { type AuthorizedAccountTransaction, changeAccounts } from '../store/accounts/change-accounts.ts';
import { useInvitation } from '../store/accounts/invitation-records.ts';
import {
  claimFirstAdministrator,
  findUserByEmail,
  insertUser,
  replacePassword,
} from '../store/accounts/user-records.ts';
import type { Store } from '../store/engines/open-store.ts';
import { commonPasswordComplaint } from './new-password.ts';
import { hashPassword } from './password-hash.ts';
import { passwordComplaint } from './password-rules.ts';
import { parseEmail, parseName, parsePhoneNumber } from './profile-rules.ts';

export type UserDraft = {
  readonly name: string;
  readonly email: string;
  readonly phoneNumber: string | null;
  readonly role: Role;
  readonly emailVerified: boolean;
  readonly passwordHash: string;
  /** Make the user only as the very first administrator. */
  readonly first: boolean;
  /** Make the user only by using this invitation up. */
  readonly invitationId: string | null;
};

export type CreateOutcome =
  | { readonly outcome: 'created'; readonly id: string }
  | { readonly outcome: 'taken' | 'not-first' | 'invitation-used' };

class Undo extends Error {
  readonly outcome: 'taken' | 'not-first' | 'invitation-used';
  constructor(outcome: 'taken' | 'not-first' | 'invitation-used') {
    super(outcome);
    this.outcome = outcome;
  }
}

/**
 * All of it or nothing: the user, the password, the use of the invitation, the place of first administrator.
 */
export async function createUser(
  store: Store,
  actor: Actor,
  draft: UserDraft,
  nowMs: number,
): Promise<CreateOutcome> {
  const id = randomUUID();
  const work = async (transaction: AuthorizedAccountTransaction): Promise<CreateOutcome> => {
    if (draft.first && !(await claimFirstAdministrator(transaction, id))) throw new Undo('not-first');
    if (!(await insertUser(transaction, { id, ...draft }, nowMs))) throw new Undo('taken');
    if (draft.invitationId && !(await useInvitation(transaction, draft.invitationId, id, nowMs))) {
      throw new Undo('invitation-used');
    }
    return { outcome: 'created', id };
  };
  try {
    return await changeAccounts(store, actor, {}, work);
  } catch (error) {
    if (error instanceof Undo) return { outcome: error.outcome };
    throw error;
  }
}

export type VouchedDraft = {
  readonly name: string;
  readonly email: string;
  readonly phoneNumber: string | null;
  readonly role: Role;
  readonly password: string;
};

export type UserDirectory = {
  /** Whoever makes it vouches for the address, so it counts as proven. @throws Refusal `invalid_fields`, `user_already_exists` */
  readonly create: (
    draft: VouchedDraft,
    actor: Actor,
  ) => Promise<{ readonly id: string; readonly email: string }>;
  /** Ends every session of the user. @throws Refusal `not_found`, `invalid_fields` */
  readonly resetPassword: (email: string, password: string, actor: Actor) => Promise<void>;
  /** As the account service does it, for an address as it was typed. @throws Refusal `invalid_fields` too */
  readonly edit: AccountService['edit'];
};

/** Accounts as those who administer them use them. */
export function createUserDirectory(
  store: Store,
  accounts: AccountService,
  nowMs: () => number,
  /** Lets an account that waits after wrong passwords sign in again at once. */
  unlock: (email: string) => Promise<void>,
): UserDirectory {
  const found = async (email: string) => {
    const user = await findUserByEmail(store, requireEmail(email));
    if (!user) throw new Refusal('not_found', `There is no account for ${email}.`);
    return user;
  };
  return {
    create: async (draft, actor) => {
      requireAdministration(actor);
      const email = requireEmail(draft.email);
      const profile = {
        name: accepted('name', parseName(draft.name)),
        phoneNumber:
          draft.phoneNumber === null ? null : accepted('phoneNumber', parsePhoneNumber(draft.phoneNumber)),
      };
      const passwordHash = await acceptedHash(draft.password, [profile.name, email]);
      const created = await createUser(
        store,
        actor,
        { ...profile, email, role: draft.role, emailVerified: true, passwordHash, ...ORDINARY },
        nowMs(),
      );
      if (created.outcome !== 'created') {
        throw new Refusal('user_already_exists', `There is an account for ${email} already.`);
      }
      return { id: created.id, email };
    },
    resetPassword: async (email, password, actor) => {
      requireAdministration(actor);
      const user = await found(email);
      const hash = await acceptedHash(password, [user.name, user.email]);
      await changeAccounts(store, actor, { accounts: [user.id] }, (transaction) =>
        replacePassword(transaction, user.id, hash, nowMs()),
      );
      await unlock(user.email);
    },
    edit: async (email, change, actor) => accounts.edit(requireEmail(email), change, actor),
  };
}

const ORDINARY = { first: false, invitationId: null } as const;

function accepted(field: string, parsed: ReturnType<typeof parseEmail>): string {
  if (parsed.ok) return parsed.value;
  throw Refusal.ofField('invalid_fields', field, parsed.complaint);
}

/** The address as it is kept. @throws Refusal `invalid_fields` */
export const requireEmail = (email: string): string => accepted('email', parseEmail(email));

async function acceptedHash(password: string, known: readonly string[]): Promise<string> {
  const complaint = passwordComplaint(password) ?? (await commonPasswordComplaint(password, known));
  if (complaint) throw Refusal.ofField('invalid_fields', 'password', complaint);
  return hashPassword(password);
}
