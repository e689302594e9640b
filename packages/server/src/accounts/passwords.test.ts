/** What a password must be, and how it is kept. */
import { describe, expect, it } from 'vitest';
import { passwords } from '../../../../tests/vectors/account-fields.ts';
import { isCommonPassword } from './common-passwords.ts';
import { generatePassword } from './generated-password.ts';
import { hashPassword, verifyPassword } from './password-hash.ts';
import { passwordComplaint, unmetPasswordRules } from './password-rules.ts';

describe('password rules', () => {
  it.each(passwords)('says of %j: %j', (password, unmet) => {
    expect(unmetPasswordRules(password)).toEqual(unmet);
  });

  it('names every unmet rule in one sentence that does not repeat the password', () => {
    expect(passwordComplaint('secret')).toBe(
      'The password needs at least 14 characters, an upper-case letter, a digit and a symbol.',
    );
    expect(passwordComplaint('Correct-Horse-X')).toBe('The password needs a digit.');
    expect(passwordComplaint('Correct-Horse-1')).toBeNull();
  });

  it('are met by every password that the command line makes, no two alike', () => {
    const made = Array.from({ length: 200 }, generatePassword);
    expect(made.flatMap(unmetPasswordRules)).toEqual([]);
    expect(new Set(made).size).toBe(200);
  });
});

describe('common passwords', () => {
  it.each([
    'Password123456!',
    'P@$$w0rd!!!!!!!!1',
    '!QAZ2wsx#EDC4rfv',
    'Qwertyuiop123!@#',
    'Abcdefgh1234567!',
    'Welcome@2026!!!!',
    'Passw0rd-Passw0rd',
    'Pass!word!12345678',
    'P.a.s.s.w.o.r.d.1',
    'Aa1!Aa1!Aa1!Aa1!',
    `Aa1-${'x'.repeat(124)}`,
    'Ｐａｓｓｗｏｒｄ１２３４５６！',
  ])('are refused with whatever decoration: %s', async (password) => {
    expect(unmetPasswordRules(password)).toEqual([]);
    expect(await isCommonPassword(password)).toBe(true);
  });

  it('are those too that everybody knows of the account', async () => {
    const known = ['Ayu Lestari', 'ayu.lestari@example.com', 'Service Portal AI'];
    for (const password of ['Ayu.Lestari.2026!', 'ServicePortal123!', 'Example-Lestari-1']) {
      expect(await isCommonPassword(password, known)).toBe(true);
    }
    expect(await isCommonPassword('Example-Lestari-1')).toBe(false);
  });

  it.each([
    'Correct-Horse-1-Battery',
    'fR7#kd92-Lpq0zX',
    'Zebra-Kettle-9-Moon',
    'Krakatau-Batavia-7-Rendang',
  ])('are not what nobody would guess: %s', async (password) => {
    expect(await isCommonPassword(password)).toBe(false);
  });

  it('are never what the command line makes', async () => {
    const made = Array.from({ length: 200 }, generatePassword);
    expect(await Promise.all(made.map((password) => isCommonPassword(password)))).toEqual(
      made.map(() => false),
    );
  });
});

describe('password hashes', () => {
  it('are argon2id at 19 MiB and two passes, with a salt of their own', async () => {
    const [one, other] = await Promise.all([
      hashPassword('Correct-Horse-1'),
      hashPassword('Correct-Horse-1'),
    ]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(one).not.toBe(other);
    expect(await verifyPassword(one, 'Correct-Horse-1')).toBe(true);
    expect(await verifyPassword(one, 'correct-Horse-1')).toBe(false);
  });

  it('match the vectors of the reference implementation', async () => {
    const vector = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
    expect(await verifyPassword(vector, 'password')).toBe(true);
    expect(await verifyPassword(vector, 'Password')).toBe(false);
  });

  it('take the same characters typed in another normal form for the same password', async () => {
    expect(await verifyPassword(await hashPassword('caf\u00e9-Straße-12'), 'cafe\u0301-Straße-12')).toBe(
      true,
    );
  });

  it('of another kind or shape match nothing', async () => {
    for (const phc of [
      '',
      'plain',
      '$argon2i$v=19$m=16,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c',
      '$2b$10$x',
    ]) {
      expect(await verifyPassword(phc, 'plain')).toBe(false);
    }
  });

  it('are made off the event loop', async () => {
    const order: string[] = [];
    const hashing = hashPassword('Correct-Horse-1').then(() => order.push('hashed'));
    setImmediate(() => order.push('loop went on'));
    await hashing;
    expect(order).toEqual(['loop went on', 'hashed']);
  });
});
