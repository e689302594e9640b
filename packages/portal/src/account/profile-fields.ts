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

export function complaintAboutName(name: string): FieldComplaint | null {
  const trimmed = name.trim().normalize('NFC');
  if (trimmed === '') return 'invalid.name_required';
  if ([...trimmed].length > nameLengthMax) return 'invalid.name_long';
  // Control characters, and those that turn the direction of writing around.
  if (/[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(trimmed)) return 'invalid.name_control';
  return null;
}

/** Only what is plainly no address: which ones are good is the server's to say. */
export function complaintAboutEmail(email: string): FieldComplaint | null {
  const trimmed = email.trim();
  if (trimmed === '') return 'invalid.email_required';
  return /^[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)+$/.test(trimmed) ? null : 'invalid.email';
}

/** 7 to 15 digits with an optional plus (E.164); spaces, dots, dashes and brackets do not count. */
export function complaintAboutPhone(phone: string): FieldComplaint | null {
  const digits = phone.trim().replace(/[\s().\-\u2010-\u2015]/g, '');
  if (digits === '') return 'invalid.phone_required';
  return /^\+?[0-9]{7,17}$/.test(digits) ? null : 'invalid.phone';
}
