/**
 * Addresses as better-auth takes them at sign-in. It takes fewer than browsers do (no `a@localhost`, no domain in another script that
 * ends in digits), and an account that can sign up and not sign in would be a trap. So it gets each address in a form that it
 * takes, which the adapter turns back before it looks for the user. Pure.
 */
const DOMAIN = '@alias.invalid';

/** Letters and digits before a domain that nobody can have (RFC 2606). */
export const aliasOf = (address: string): string => `${Buffer.from(address).toString('hex')}${DOMAIN}`;

/** The address of an alias; any other text as it is. */
export const addressOfAlias = (text: string): string =>
  text.endsWith(DOMAIN) ? Buffer.from(text.slice(0, -DOMAIN.length), 'hex').toString() : text;
