/**
 * The sign-up form: reads it, asks who may (admission.ts), makes the user. With a mail server the answer is
 * the same, and as quick, whether the address has an account or not.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { useInvitation } from '../store/accounts/invitation-records.ts';
import { type ChangeOrigin, changeFrom } from '../store/audit/change-origin.ts';
import type { Store } from '../store/engines/open-store.ts';
import { AccountRefusal, type FieldComplaint } from './account-refusal.ts';
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

/** @throws AccountRefusal INVALID_FIELDS naming every field that is wrong */
export function readSignUpForm(body: Readonly<Record<string, unknown>>): SignUpForm {
  const complaints: FieldComplaint[] = [];
  const read = (field: string, code: string, parsed: Parsed): string => {
    if (parsed.ok) return parsed.value;
    complaints.push({ field, code, message: parsed.complaint });
    return '';
  };
  const name = read('name', 'INVALID_NAME', parseName(body.name));
  const email = read('email', 'INVALID_EMAIL', parseEmail(body.email));
  const password = read('password', 'PASSWORD_RULES', parseNewPassword(body.password));
  const phoneNumber = read('phoneNumber', 'INVALID_PHONE_NUMBER', parsePhoneNumber(body.phoneNumber));
  if (complaints.length) throw AccountRefusal.ofFields(complaints);
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

export type SignUp = (form: SignUpForm, peer: Peer, origin: ChangeOrigin) => Promise<SignedUp>;

export function createSignUp({ store, desk, nowMs, mailed, answerAfterMs }: SignUpSettings): SignUp {
  const useUp = async (invitationId: string, origin: ChangeOrigin): Promise<void> => {
    const used = await changeFrom(store, origin, (transaction) =>
      useInvitation(transaction, invitationId, null, nowMs()),
    );
    if (!used) throw invitationUsed();
  };
  const attempt: SignUp = async (form, peer, origin) => {
    const admission = await desk.admit({ ...form, peer });
    const passwordHash = await hashPassword(form.password);
    const draft = { ...form, ...admission, emailVerified: false, passwordHash };
    const created = await createUser(store, origin, draft, nowMs());
    switch (created.outcome) {
      case 'created':
        mailed?.created(form.email);
        return { id: created.id, role: admission.role };
      case 'taken':
        if (!mailed) throw alreadyExists();
        // As for a new account: an invitation that stayed good would tell that there was one already.
        if (admission.invitationId !== null) await useUp(admission.invitationId, origin);
        mailed.existed(form.email);
        return { id: randomUUID(), role: admission.role };
      case 'not-first':
        // Another sign-up was first in this very moment, so this one is asked again like any later one.
        return attempt(form, peer, origin);
      case 'invitation-used':
        throw invitationUsed();
    }
  };
  if (!mailed) return attempt;
  return async (form, peer, origin) => {
    const [signedUp] = await Promise.allSettled([attempt(form, peer, origin), sleep(answerAfterMs)]);
    if (signedUp.status === 'rejected') throw signedUp.reason;
    return signedUp.value;
  };
}

const invitationUsed = () =>
  new AccountRefusal('INVITATION_INVALID', 'This invitation was used already. Ask for a new one.');

function alreadyExists(): AccountRefusal {
  const message = 'There is an account for this e-mail address already. Sign in, or use another address.';
  return new AccountRefusal('USER_ALREADY_EXISTS', message, {
    fields: [{ field: 'email', code: 'USER_ALREADY_EXISTS', message }],
  });
}
