/**
 * Decides who may sign up and as what: set-up of the first administrator, invitations, the operator's sign-up
 * mode. Makes nothing.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Role } from '../core/access/role.ts';
import { administratorDecided } from '../store/accounts/user-records.ts';
import type { Store } from '../store/engines/open-store.ts';
import { AccountRefusal } from './account-refusal.ts';
import { findInvitation } from './invitations.ts';
import { addressBucket, type Limiter, SETUP_CODE_LIMIT } from './limits.ts';
import { isLoopbackAddress, isLoopbackHost } from './loopback.ts';
import { domainOf } from './profile-rules.ts';

export type SignUpMode =
  | { readonly mode: 'open' }
  | { readonly mode: 'domains'; readonly domains: readonly string[] }
  | { readonly mode: 'invitation' };

/** Where a request comes from. `forwarded`: it passed a proxy, by any sign of one. */
export type Peer = { readonly address: string; readonly forwarded: boolean };

/** `done`: an administrator was made once. Else what the very first sign-up needs to become one. */
export type SetupState = 'done' | 'loopback' | 'code';

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
  readonly setupState: (peer: Peer) => Promise<SetupState>;
  /** @throws AccountRefusal saying why not and what to do */
  readonly admit: (applicant: Applicant) => Promise<Admission>;
};

export type AdmissionSettings = {
  readonly store: Store;
  readonly limiter: Limiter;
  readonly publicUrl: URL;
  readonly signUp: SignUpMode;
  readonly setupCode: string;
  readonly nowMs: () => number;
};

export function createAdmissionDesk(settings: AdmissionSettings): AdmissionDesk {
  const { store, limiter, publicUrl, setupCode } = settings;
  let decided = false;

  const setupState = async (peer: Peer): Promise<SetupState> => {
    // Decided once is decided for good, so the answer is kept; only "not yet" is asked again.
    decided ||= await administratorDecided(store);
    if (decided) return 'done';
    // A proxy on this machine makes the whole internet look like loopback: any sign of one rules this way
    // out.
    const local = isLoopbackAddress(peer.address) && !peer.forwarded && isLoopbackHost(publicUrl.hostname);
    return local ? 'loopback' : 'code';
  };

  const admitFirst = async (applicant: Applicant, state: 'loopback' | 'code'): Promise<Admission> => {
    if (state === 'loopback') return { role: 'administrator', first: true, invitationId: null };
    if (!applicant.setupCode) {
      throw new AccountRefusal(
        'SETUP_CODE_REQUIRED',
        'This portal has no administrator yet. Enter the set-up code that the server printed when it started.',
        { fields: [complaint('setupCode', 'SETUP_CODE_REQUIRED', 'Enter the set-up code.')] },
      );
    }
    await limiter.take(`setup-code:${addressBucket(applicant.peer.address)}`, SETUP_CODE_LIMIT);
    if (!sameCode(applicant.setupCode, setupCode)) {
      const text = 'The set-up code is wrong. The server printed the right one when it started.';
      throw new AccountRefusal('SETUP_CODE_WRONG', text, {
        fields: [complaint('setupCode', 'SETUP_CODE_WRONG', text)],
      });
    }
    return { role: 'administrator', first: true, invitationId: null };
  };

  return {
    setupState,
    admit: async (applicant) => {
      if (applicant.invitation) return admitInvited(settings, applicant.invitation, applicant.email);
      const state = await setupState(applicant.peer);
      if (state !== 'done') return admitFirst(applicant, state);
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
    throw new AccountRefusal(
      'INVITATION_INVALID',
      'This invitation was used already, has expired or was never made. Ask for a new one.',
    );
  }
  if (invitation.email !== null && invitation.email !== email) {
    const text = 'This invitation is for another e-mail address. Use the address that it was sent to.';
    throw new AccountRefusal('INVITATION_FOR_ANOTHER_ADDRESS', text, {
      fields: [complaint('email', 'INVITATION_FOR_ANOTHER_ADDRESS', text)],
    });
  }
  return { role: invitation.role, first: false, invitationId: invitation.id };
}

function admitByMode(signUp: SignUpMode, email: string): Admission {
  if (signUp.mode === 'invitation') {
    throw new AccountRefusal(
      'INVITATION_REQUIRED',
      'Accounts at this portal need an invitation. Open the link in yours, or ask the operator for one.',
    );
  }
  if (signUp.mode === 'domains' && !signUp.domains.includes(domainOf(email))) {
    const text = `Use an e-mail address at ${signUp.domains.join(' or ')}.`;
    throw new AccountRefusal('SIGN_UP_DOMAIN_REFUSED', text, {
      fields: [complaint('email', 'SIGN_UP_DOMAIN_REFUSED', text)],
    });
  }
  return { role: 'member', first: false, invitationId: null };
}

const complaint = (field: string, code: string, message: string) => ({ field, code, message });

/** Typed by hand, so spaces, dashes and case do not count. Compared in constant time. */
function sameCode(given: string, expected: string): boolean {
  const digest = (code: string) =>
    createHash('sha256').update(code.replace(/[\s-]/g, '').toLowerCase()).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
