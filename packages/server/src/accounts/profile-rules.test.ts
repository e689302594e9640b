/** What a name, an e-mail address and a phone number may be: by the vectors that the portal's forms are tested by too. */
import { describe, expect, it } from 'vitest';
import { emails, names, phoneNumbers } from '../../../../tests/vectors/account-fields.ts';
import { parseEmail, parseName, parsePhoneNumber } from './profile-rules.ts';

describe.each([
  ['a name', parseName, names],
  ['an e-mail address', parseEmail, emails],
  ['a phone number', parsePhoneNumber, phoneNumbers],
] as const)('%s', (_what, parse, vectors) => {
  it.each(vectors)('typed as %j is kept as %j', (typed, kept) => {
    const parsed = parse(typed);
    expect(parsed.ok ? parsed.value : null).toBe(kept);
    // What is kept is what it would be kept as again.
    if (kept !== null) expect(parse(kept)).toEqual({ ok: true, value: kept });
  });

  it.each([7, null, undefined, {}, []])('is never %j', (typed) => {
    expect(parse(typed).ok).toBe(false);
  });
});
