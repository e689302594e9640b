/** Roles and what they allow. What they leave of a token's own scopes, the verifier says. Pure. */

export const ROLES = ['administrator', 'member', 'viewer'] as const;
export type Role = (typeof ROLES)[number];

/** What each role allows its holder. A role that is not known allows nothing. */
export function scopesOfRole(role: string): readonly string[] {
  switch (role as Role) {
    case 'administrator':
    case 'member':
      return ['*:editor'];
    case 'viewer':
      return ['*:viewer'];
    default:
      return [];
  }
}

/** Whether a role still allows all that another one allowed. A role that is not known is below all. */
export const roleCovers = (now: string, then: string): boolean => rankOf(now) >= rankOf(then);

const rankOf = (role: string) => [...ROLES].reverse().indexOf(role as Role);
