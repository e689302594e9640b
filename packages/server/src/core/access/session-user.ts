/** What the program knows of the person who calls: the holder of a session or of a token. */
import type { Role } from './role.ts';

export type SessionUser = {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly emailVerified: boolean;
  readonly phoneNumber: string | null;
  readonly role: Role;
  readonly organization: { readonly id: string; readonly name: string };
};
