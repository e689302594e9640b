/**
 * Decides who may sign up and as what: set-up of the first administrator, invitations, the operator's sign-up
 * mode. Makes nothing.
 */
import type { Role } from '../core/access/role.ts';
import { Refusal } from '../core/refusal.ts';
import { addressBucket } from '../http/address-bucket.ts';
import { administratorDecided } from '../store/accounts/user-records.ts';
import type { Store } from '../store/engines/open-store.ts';
import { findInvitation } from './invitations.ts';
import { type Limiter, SETUP_CODE_LIMIT } from './limits.ts';
import { domainOf } from './profile-rules.ts';
import { isSetUpCode } from './set-up-code.ts';

export type SignUpMode =
  | { readonly mode: 'open' }
  | { readonly mode: 'domains'; readonly domains: readonly string[] }
  | { readonly mode: 'invitation' };

/** Where a request comes from. It decides how often somebody may try, and never who may: whoever runs a proxy looks local. */
export type Peer = { readonly address: string };

/** `done`: an administrator was made once. `code`: the very first sign-up needs the set-up code, wherever it comes from. */
export type SetupState = 'done' | 'code';

export type Admission = {
  readonly role: Role;
  /** Must still be the first when the user is made. */
  readonly first: boolean;
  readonly invitationId: string | null;
};

export type Applicant = {
  readonly email: string;
  readonly setupCode: string | null;
  readonly invitation: string | null;
  readonly peer: Peer;
};

export type AdmissionDesk = {
  readonly setupState: () => Promise<SetupState>;
  /** @throws Refusal saying why not and what to do */
  readonly admit: (applicant: Applicant) => Promise<Admission>;
};

export type AdmissionSettings = {
  readonly store: Store;
  readonly limiter: Limiter;
  readonly signUp: SignUpMode;
  /** Of the database as it is now. */
  readonly setupCode: () => Promise<string>;
  readonly nowMs: () => number;
};

export function createAdmissionDesk(settings: AdmissionSettings): AdmissionDesk {
  const { store, limiter, setupCode } = settings;
  let decided = false;

  const setupState = async (): Promise<SetupState> => {
    // Decided once is decided for good, so the answer is kept; only "not yet" is asked again.
    decided ||= await administratorDecided(store);
    return decided ? 'done' : 'code';
  };

  const admitFirst = async (applicant: Applicant): Promise<Admission> => {
    if (!applicant.setupCode) {
      throw new Refusal(
        'setup_code_required',
        'This portal has no administrator yet. Open the set-up link that the server printed when it started, or enter its code.',
        { fields: [complaint('setupCode', 'SETUP_CODE_REQUIRED', 'Enter the set-up code.')] },
      );
    }
    if (!isSetUpCode(applicant.setupCode, await setupCode())) {
      // Only wrong codes count: strangers who share the operator's proxy cannot keep the operator out.
      const bucket = addressBucket(applicant.peer.address) ?? 'unknown';
      await limiter.take(`setup-code:${bucket}`, SETUP_CODE_LIMIT);
      const text =
        'The set-up code is wrong. Open the link that the server printed when it last started, or enter its code.';
      throw new Refusal('setup_code_wrong', text, {
        fields: [complaint('setupCode', 'SETUP_CODE_WRONG', text)],
      });
    }
    return { role: 'administrator', first: true, invitationId: null };
  };

  return {
    setupState,
    admit: async (applicant) => {
      if (applicant.invitation) return admitInvited(settings, applicant.invitation, applicant.email);
      if ((await setupState()) === 'code') return admitFirst(applicant);
      return admitByMode(settings.signUp, applicant.email);
    },
  };
}

async function admitInvited(
  { store, nowMs }: AdmissionSettings,
  code: string,
  email: string,
): Promise<Admission> {
  const invitation = await findInvitation(store, code, nowMs());
  if (!invitation) {
    throw new Refusal(
      'invitation_invalid',
      'This invitation was used already, has expired or was never made. Ask for a new one.',
    );
  }
  if (invitation.email !== null && invitation.email !== email) {
    const text = 'This invitation is for another e-mail address. Use the address that it was sent to.';
    throw new Refusal('invitation_for_another_address', text, {
      fields: [complaint('email', 'INVITATION_FOR_ANOTHER_ADDRESS', text)],
    });
  }
  return { role: invitation.role, first: false, invitationId: invitation.id };
}

function admitByMode(signUp: SignUpMode, email: string): Admission {
  if (signUp.mode === 'invitation') {
    throw new Refusal(
      'invitation_required',
      'Accounts at this portal need an invitation. Open the link in yours, or ask the operator for one.',
    );
  }
  if (signUp.mode === 'domains' && !signUp.domains.includes(domainOf(email))) {
    const text = `Use an e-mail address at ${signUp.domains.join(' or ')}.`;
    throw new Refusal('sign_up_domain_refused', text, {
      fields: [complaint('email', 'SIGN_UP_DOMAIN_REFUSED', text)],
    });
  }
  return { role: 'member', first: false, invitationId: null };
}

const complaint = (field: string, code: string, message: string) => ({ field, code, message });
