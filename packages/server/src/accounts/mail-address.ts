/**
 * What an address of mail may be: what browsers accept in `<input type="email">` (the HTML standard, "valid email address"), and domains
 * in any script. Pure. Whether mail arrives there is for a mail to find out.
 */

/** Longest address in characters (RFC 5321, 4.5.3.1.3: a path of 256 octets with its brackets). */
const LENGTH_MAX = 254;
/** Longest text, in UTF-16 code units, that is read as an address: a domain in another script can be longer than its ASCII form. */
const UNITS_MAX = 500;

const LOCAL_PART = /^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+$/;
const LABEL = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?';
const DOMAIN = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);

/**
 * The address as it is kept, in lower case and with the domain in ASCII (`ayu@xn--bcher-kva.example`): two spellings of one address are
 * one account. Null: it is invalid.
 */
export function mailAddressOf(typed: string): string | null {
  const text = typed.trim();
  if (text.length > UNITS_MAX) return null;
  const at = text.lastIndexOf('@');
  const local = text.slice(0, Math.max(at, 0));
  const domain = asciiDomainOf(text.slice(at + 1));
  // Before the case is changed: some letters of other scripts have an ASCII letter as their lower case.
  if (!LOCAL_PART.test(local) || domain === null) return null;
  const address = `${local.toLowerCase()}@${domain}`;
  return address.length <= LENGTH_MAX ? address : null;
}

/** A domain in lower case and in ASCII (UTS 46, as browsers do it), null: it is invalid. */
export function asciiDomainOf(domain: string): string | null {
  if (DOMAIN.test(domain)) return domain.toLowerCase();
  // Nothing else of ASCII: a URL's parser would take a path, a port or a user from it.
  if (domain.length > UNITS_MAX || !/^[a-zA-Z0-9.\-\u{80}-\u{10ffff}]+$/u.test(domain)) return null;
  const ascii = URL.parse(`http://${domain}`)?.hostname ?? '';
  // Digits of other scripts can make a number of it, which is an IPv4 address.
  return DOMAIN.test(ascii) && !/(?:^|\.)\d+$/.test(ascii) ? ascii : null;
}
