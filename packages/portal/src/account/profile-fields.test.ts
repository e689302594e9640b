import { expect, test } from 'vitest';
import { complaintAboutEmail, complaintAboutName, complaintAboutPhone } from './profile-fields.ts';

test.each(['Ayu Lestari', '  Ayu  ', '李小龍', 'O’Brien', 'x'.repeat(100), '😀'.repeat(100)])(
  'a name is good: %s',
  (name) => {
    expect(complaintAboutName(name)).toBeNull();
  },
);

test.each([
  ['', 'invalid.name_required'],
  [' \t ', 'invalid.name_required'],
  ['x'.repeat(101), 'invalid.name_long'],
  ['Ayu\u0000', 'invalid.name_control'],
  ['Ayu\u202Eirat', 'invalid.name_control'],
])('a name is refused: %j', (name, complaint) => {
  expect(complaintAboutName(name)).toBe(complaint);
});

test.each(['ayu@example.com', ' Ayu.Lestari+ci@mail.example.co.id '])('an address is good: %s', (email) => {
  expect(complaintAboutEmail(email)).toBeNull();
});

test.each([
  ['', 'invalid.email_required'],
  ['ayu', 'invalid.email'],
  ['ayu@', 'invalid.email'],
  ['ayu@localhost', 'invalid.email'],
  ['ayu@example.', 'invalid.email'],
  ['ayu@@example.com', 'invalid.email'],
  ['ayu lestari@example.com', 'invalid.email'],
])('an address is refused: %j', (email, complaint) => {
  expect(complaintAboutEmail(email)).toBe(complaint);
});

test.each(['+62 812 3456 7890', '0812-3456-789', '(021) 555.1234', '0062 812 3456 7890'])(
  'a phone number is good: %s',
  (phone) => {
    expect(complaintAboutPhone(phone)).toBeNull();
  },
);

test.each([
  ['', 'invalid.phone_required'],
  ['12345', 'invalid.phone'],
  ['call me', 'invalid.phone'],
  ['+62 812 ext 9', 'invalid.phone'],
  ['1'.repeat(18), 'invalid.phone'],
])('a phone number is refused: %j', (phone, complaint) => {
  expect(complaintAboutPhone(phone)).toBe(complaint);
});
