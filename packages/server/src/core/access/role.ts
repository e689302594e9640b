/** Roles, what they allow, and what of a token's own scopes they leave. Pure. */
import { parseScope, type Scope } from '@lencana/verifier/node';

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

/** The token's own scopes cut by what the role allows now; null own scopes: all that the role allows. */
export function effectiveScopes(own: readonly string[] | null, role: string): readonly string[] {
  const allowed = scopesOfRole(role);
  if (own === null) return allowed;
  const kept = new Set<string>();
  for (const mine of own) {
    const scope = parseScope(mine);
    if (!scope) continue;
    for (const theirs of allowed) {
      const limit = parseScope(theirs);
      const met = limit && intersection(scope, limit);
      if (met) kept.add(`${met.service}:${met.level}`);
    }
  }
  return [...kept];
}

function intersection(one: Scope, other: Scope): Scope | null {
  if (one.service !== '*' && other.service !== '*' && one.service !== other.service) return null;
  const service = one.service === '*' ? other.service : one.service;
  return { service, level: one.level === 'editor' && other.level === 'editor' ? 'editor' : 'viewer' };
}
