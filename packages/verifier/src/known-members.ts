/**
 * What a service's own code passes is held to what is known: a misspelt or missing demand would let in what it was meant to keep out. Throws
 * TypeErrors, which are for the programmer; what a client sends never gets here.
 */
import type { Demand } from './verdict.ts';

const DEMAND_MEMBERS: readonly string[] = [
  'scope',
  'scopes',
  'address',
  'addressBinds',
  'agent',
] satisfies (keyof Demand)[];

/** @throws TypeError that names the member and those that there are */
export function refuseUnknownMembers(what: string, given: object, known: readonly string[]): void {
  for (const name in given) {
    if (!known.includes(name)) {
      throw new TypeError(`${what} has no member ${name}. It has ${known.join(', ')}.`);
    }
  }
}

/** @throws TypeError if something is demanded in a way that would be passed over */
export function refuseUnreadDemand(demand: unknown): void {
  if (demand === undefined) return;
  if (typeof demand !== 'object' || demand === null || Array.isArray(demand)) {
    throw new TypeError("A demand is an object, like { scope: 'reports:viewer' }.");
  }
  refuseUnknownMembers('A demand', demand, DEMAND_MEMBERS);
  const { scope, scopes } = demand as { scope?: unknown; scopes?: unknown };
  if ('scope' in demand && typeof scope !== 'string') {
    throw new TypeError('scope must be <service>:viewer or <service>:editor. Leave it out to demand none.');
  }
  if ('scopes' in demand && !(Array.isArray(scopes) && scopes.every((each) => typeof each === 'string'))) {
    throw new TypeError('scopes must be a list of scopes. Leave it out to demand none.');
  }
}
