/**
 * What a form checks of a name, an email address and a phone number before it asks the server, which decides.
 * Pure; gives a key of the catalogue's `account` texts, or null when there is nothing to complain about.
 */
export type FieldComplaint =
  | 'invalid.name_required'
  | 'invalid.name_long'
  | 'invalid.name_control'
  | 'invalid.email_required'
  | 'invalid.email'
  | 'invalid.phone_required'
  | 'invalid.phone';

/** In characters (Unicode code points). */
const nameLengthMax = 100;

/** Longest texts, in UTF-16 code units, that are read as a name, an address, a phone number. */
const nameUnitsMax = 1000;
const emailUnitsMax = 500;
const phoneUnitsMax = 100;

export function complaintAboutName(name: string): FieldComplaint | null {
  // Before it is normalized, which takes long for some long texts.
  if (name.length > nameUnitsMax) return 'invalid.name_long';
  const trimmed = name.normalize('NFC').trim();
  if (trimmed === '') return 'invalid.name_required';
  if ([...trimmed].length > nameLengthMax) return 'invalid.name_long';
  // Control characters, and those that turn the direction of writing around.
  if (/[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(trimmed)) return 'invalid.name_control';
  return null;
}

const localPart = /^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+$/;
const label = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?';
const asciiDomain = new RegExp(`^${label}(?:\\.${label})*$`);
/** In characters, with the domain in ASCII. */
const emailLengthMax = 254;

/** What `<input type="email">` accepts, with domains in any script. */
export function complaintAboutEmail(email: string): FieldComplaint | null {
  const trimmed = email.trim();
  if (trimmed === '') return 'invalid.email_required';
  if (trimmed.length > emailUnitsMax) return 'invalid.email';
  const at = trimmed.lastIndexOf('@');
  const local = trimmed.slice(0, Math.max(at, 0));
  const domain = inAscii(trimmed.slice(at + 1));
  const valid =
    localPart.test(local) && domain !== null && local.length + 1 + domain.length <= emailLengthMax;
  return valid ? null : 'invalid.email';
}

/** The browser's own URL knows how a domain in another script is written in ASCII. */
function inAscii(domain: string): string | null {
  if (asciiDomain.test(domain)) return domain;
  if (!/^[a-zA-Z0-9.\-\u{80}-\u{10ffff}]+$/u.test(domain)) return null;
  try {
    const ascii = new URL(`http://${domain}`).hostname;
    return asciiDomain.test(ascii) && !/(?:^|\.)\d+$/.test(ascii) ? ascii : null;
  } catch {
    return null;
  }
}

/** A country code, after a plus or 00, and 7 to 15 digits with it (E.164); what people write between the digits does not count. */
export function complaintAboutPhone(phone: string): FieldComplaint | null {
  if (phone.trim() === '') return 'invalid.phone_required';
  if (phone.length > phoneUnitsMax) return 'invalid.phone';
  const number = phone
    .replace(/(?<=\d[\s\p{Cf}]*)\(0\)/u, '')
    .replace(/[\s\p{Cf}().\-\u2010-\u2015/]/gu, '')
    .replace(/^00/, '+');
  return /^\+[1-9][0-9]{6,14}$/.test(number) ? null : 'invalid.phone';
}
