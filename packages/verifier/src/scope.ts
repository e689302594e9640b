/**
 * Scopes and what they cover. Pure. A scope is `<service>:viewer` or `<service>:editor`; `*` stands for every service, and an editor
 * may do what a viewer may.
 */

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

/** Whether any of the held scopes covers the demanded one. */
export function covers(held: readonly string[], demanded: Scope): boolean {
  return held.some((text) => {
    const scope = parseScope(text);
    return scope !== null && includes(scope, demanded);
  });
}

function includes(held: Scope, demanded: Scope): boolean {
  const service = held.service === '*' || held.service === demanded.service;
  return service && (held.level === 'editor' || demanded.level === 'viewer');
}

/** A token's own scopes cut by what its holder is allowed; null own scopes: all of that. What is no scope allows nothing. */
export function narrowedScopes(own: readonly string[] | null, allowed: readonly string[]): readonly string[] {
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
