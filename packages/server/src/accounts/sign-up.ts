/**
 * The sign-up form: reads it, asks who may (admission.ts), makes the user. With a mail server the answer is
 * the same, and as quick, whether the address has an account or not.
 */

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Actor } from '../core/access/actor.ts';
import { type FieldRefusal, Refusal } from '../core/refusal.ts';
import { changeAccounts } from '../store/accounts/change-accounts.ts';
import { useInvitation } from '../store/accounts/invitation-records.ts';
import type { Store } from '../store/engines/open-store.ts';
import type { Admission, AdmissionDesk, Peer } from './admission.ts';
import { parseNewPassword } from './new-password.ts';
import { hashPassword } from './password-hash.ts';
import { type Parsed, parseEmail, parseName, parsePhoneNumber } from './profile-rules.ts';
import { createUser } from './user-directory.ts';

export type SignUpForm = {
  readonly name: string;
  readonly email: string;
  readonly phoneNumber: string;
  readonly password: string;
  readonly setupCode: string | null;
  readonly invitation: string | null;
};

/** @throws Refusal `invalid_fields` naming every field that is wrong */
export function readSignUpForm(body: Readonly<Record<string, unknown>>): SignUpForm {
  const complaints: FieldRefusal[] = [];
  const read = (field: string, code: string, parsed: Parsed): string => {
    if (parsed.ok) return parsed.value;
    complaints.push({ field, code, message: parsed.complaint });
    return '';
  };
  const name = read('name', 'INVALID_NAME', parseName(body.name));
  const email = read('email', 'INVALID_EMAIL', parseEmail(body.email));
  const password = read('password', 'PASSWORD_RULES', parseNewPassword(body.password));
  const phoneNumber = read('phoneNumber', 'INVALID_PHONE_NUMBER', parsePhoneNumber(body.phoneNumber));
  if (complaints.length) throw Refusal.ofFields(complaints);
  return {
    name,
    email,
    password,
    phoneNumber,
    setupCode: text(body.setupCode),
    invitation: text(body.invitation),
  };
}

const text = (input: unknown): string | null =>
  typeof input === 'string' && input.trim() ? input.trim() : null;

export type SignUpSettings = {
  readonly store: Store;
  readonly desk: AdmissionDesk;
  readonly nowMs: () => number;
  /** With a mail server: what to do after a new account, and for one that exists. Null without. */
  readonly mailed: {
    readonly created: (email: string) => void;
    readonly existed: (email: string) => void;
  } | null;
  /**
   * With a mail server, no sign-up is answered sooner than this: making an account takes longer than finding
   * one.
   */
  readonly answerAfterMs: number;
};

/**
 * What was signed up, for the answer. `id` is the new user's; where an account existed, one that means
 * nothing.
 */
export type SignedUp = { readonly id: string; readonly role: Admission['role'] };

export type SignUp = (form: SignUpForm, peer: Peer, actor: Actor) => Promise<SignedUp>;

export function createSignUp({ store, desk, nowMs, mailed, answerAfterMs }: SignUpSettings): SignUp {
  const useUp = async (invitationId: string, actor: Actor): Promise<void> => {
    const used = await changeAccounts(store, actor, {}, (transaction) =>
      useInvitation(transaction, invitationId, null, nowMs()),
    );
    if (!used) throw invitationUsed();
  };
  const attempt: SignUp = async (form, peer, actor) => {
    const admission = await desk.admit({ ...form, peer });
    const passwordHash = await hashPassword(form.password);
    const draft = { ...form, ...admission, emailVerified: false, passwordHash };
    const created = await createUser(store, actor, draft, nowMs());
    switch (created.outcome) {
      case 'created':
        mailed?.created(form.email);
        return { id: created.id, role: admission.role };
      case 'taken':
        if (!mailed) throw alreadyExists();
        // As for a new account: an invitation that stayed good would tell that there was one already.
        if (admission.invitationId !== null) await useUp(admission.invitationId, actor);
        mailed.existed(form.email);
        return { id: randomUUID(), role: admission.role };
      case 'not-first':
        // Another sign-up was first in this very moment, so this one is asked again like any later one.
        return attempt(form, peer, actor);
      case 'invitation-used':
        throw invitationUsed();
    }
  };
  if (!mailed) return attempt;
  return async (form, peer, actor) => {
    const [signedUp] = await Promise.allSettled([attempt(form, peer, actor), sleep(answerAfterMs)]);
    if (signedUp.status === 'rejected') throw signedUp.reason;
    return signedUp.value;
  };
}

const invitationUsed = () =>
  new Refusal('invitation_invalid', 'This invitation was used already. Ask for a new one.');

function alreadyExists(): Refusal {
  const message = 'There is an account for this e-mail address already. Sign in, or use another address.';
  return new Refusal('user_already_exists', message, {
    fields: [{ field: 'email', code: 'USER_ALREADY_EXISTS', message }],
  });
}
