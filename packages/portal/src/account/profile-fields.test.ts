/** What the forms take and refuse: by the vectors that the server's rules are tested by too. */
import { describe, expect, test } from 'vitest';
import { emails, names, phoneNumbers } from '../../../../tests/vectors/account-fields.ts';
import { complaintAboutEmail, complaintAboutName, complaintAboutPhone } from './profile-fields.ts';

describe.each([
  ['a name', complaintAboutName, names],
  ['an address', complaintAboutEmail, emails],
  ['a phone number', complaintAboutPhone, phoneNumbers],
] as const)('%s', (_what, complaintAbout, vectors) => {
  test.each(vectors)('typed as %j is taken unless the server refuses it (%j)', (typed, kept) => {
    expect(complaintAbout(typed) === null).toBe(kept !== null);
  });
});

test.each([
  [complaintAboutName, '', 'invalid.name_required'],
  [complaintAboutName, 'x'.repeat(101), 'invalid.name_long'],
  [complaintAboutName, 'x'.repeat(100_000), 'invalid.name_long'],
  [complaintAboutName, 'Ayu\u0000', 'invalid.name_control'],
  [complaintAboutEmail, ' ', 'invalid.email_required'],
  [complaintAboutEmail, 'ayu@', 'invalid.email'],
  [complaintAboutPhone, '', 'invalid.phone_required'],
  [complaintAboutPhone, '0812 3456 7890', 'invalid.phone'],
])('%o says of %j what is wrong', (complaintAbout, typed, complaint) => {
  expect(complaintAbout(typed)).toBe(complaint);
});
