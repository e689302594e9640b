/**
 * Roles and what they allow, scopes and what they cover. Pure. A scope is `<service>:viewer` or `<service>:editor`; `*` stands
 * for every service, and an editor may do what a viewer may.
 */

export const ROLES = ['administrator', 'member', 'viewer'] as const;
export type Role = (typeof ROLES)[number];

export type Scope = { readonly service: string; readonly level: 'viewer' | 'editor' };

const SCOPE = /^(\*|[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?):(viewer|editor)$/;

/** A scope that may be granted (`*` included), else null. */
export function parseScope(text: string): Scope | null {
  const match = SCOPE.exec(text);
  return match ? { service: match[1] ?? '', level: match[2] === 'editor' ? 'editor' : 'viewer' } : null;
}

/** A scope that may be demanded: of one service by name, never of all. */
export function parseDemandedScope(text: string): Scope | null {
  const scope = parseScope(text);
  return scope && scope.service !== '*' ? scope : null;
}

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

/** Whether any of the held scopes covers the demanded one. */
export function covers(held: readonly string[], demanded: Scope): boolean {
  return held.some((text) => {
    const scope = parseScope(text);
    return scope !== null && includes(scope, demanded);
  });
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

function includes(held: Scope, demanded: Scope): boolean {
  const service = held.service === '*' || held.service === demanded.service;
  return service && (held.level === 'editor' || demanded.level === 'viewer');
}

function intersection(one: Scope, other: Scope): Scope | null {
  if (one.service !== '*' && other.service !== '*' && one.service !== other.service) return null;
  const service = one.service === '*' ? other.service : one.service;
  return { service, level: one.level === 'editor' && other.level === 'editor' ? 'editor' : 'viewer' };
}
