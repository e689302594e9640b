/** Whether what is packed, and what is written, reads back as what it was; and what a record needs of who judges it. */
import { describe, expect, it } from 'vitest';
import { ENTRY_KINDS, type HolderEntry, type SecretEntry, UNDERSTOOD } from './entry-kinds.ts';
import { formOf, instant, text } from './record-members.ts';
import { holderOf, RECORD, secretOf } from './source-under-test.ts';

const SECRET = secretOf(RECORD);
const HOLDER = holderOf(RECORD);
const UUID = '0189abcd-7c1e-4b5a-9d2f-00fffe123456';
const HEX = '00ff1f'.padEnd(32, 'a');

describe('a packed record is as it was, whatever is in it:', () => {
  it.each<Partial<SecretEntry>>([
    {},
    { secretEndsAtMs: 0, revokedAtMs: 5, expiresAtMs: 1 },
    { createdAtMs: -1, expiresAtMs: Number.MAX_SAFE_INTEGER, revokedAtMs: Number.MIN_SAFE_INTEGER },
    { createdAtMs: 253_402_300_799_999, expiresAtMs: 2 ** 47 - 1, revokedAtMs: -(2 ** 47) },
    { tokenName: '🚀 "x"\u0000\u001f', tokenId: '' },
    { tokenName: 'x'.repeat(254) },
    { tokenName: 'x'.repeat(255) },
    { tokenName: 'ü'.repeat(5000) },
    { secretId: HEX, holderId: UUID, tokenId: `\u0001${HEX}` },
    { secretId: HEX.toUpperCase(), holderId: UUID.toUpperCase() },
    { tokenName: '\u0003', holderId: '\u0002', organizationId: '\u0000' },
    { ownScopes: [] },
    { ownScopes: ['a:viewer', 'b:editor', ''] },
    { refusedFor: '' },
    { refusedFor: 'organization_suspended' },
  ])('%j', (change) => {
    const secret = { ...SECRET, ...change };
    expect(ENTRY_KINDS.secret.unpack(ENTRY_KINDS.secret.pack(secret))).toEqual(secret);
    const wired = JSON.parse(JSON.stringify(ENTRY_KINDS.secret.write(secret)));
    expect(ENTRY_KINDS.secret.read(wired)).toEqual(secret);
  });

  it('a value that many have, however many different ones there are', () => {
    const holders = Array.from(
      { length: 600 },
      (_, at): HolderEntry => ({ ...HOLDER, allowedScopes: [`s${at}:viewer`] }),
    );
    const packed = holders.map((holder) => ENTRY_KINDS.user.pack(holder));
    expect(packed.map((each) => ENTRY_KINDS.user.unpack(each))).toEqual(holders);
  });

  it('of seldom lengths of a declared form', () => {
    const form = formOf({ name: text({ repeats: true }), atMs: instant() });
    for (const length of [0, 1, 253, 254, 255, 256, 10_000]) {
      const record = { name: 'n'.repeat(length), atMs: length };
      expect(form.unpack(form.pack(record))).toEqual(record);
    }
  });
});

describe('on the wire a member', () => {
  it('is in snake_case', () => {
    expect(Object.keys(ENTRY_KINDS.secret.write(SECRET))).toEqual(
      expect.arrayContaining(['secret_id', 'secret_ends_at_ms', 'own_scopes']),
    );
  });

  it.each(Object.keys(ENTRY_KINDS.secret.write(SECRET)))(
    '%s that is not there makes it no record',
    (name) => {
      const wired = { ...ENTRY_KINDS.secret.write(SECRET) };
      delete wired[name];
      expect(() => ENTRY_KINDS.secret.read(wired)).toThrow(name);
    },
  );
});

describe('a record is restricted', () => {
  it.each<[Partial<SecretEntry>, string]>([
    [{ secretEndsAtMs: 1 }, 'secret_end'],
    [{ revokedAtMs: 1 }, 'revocation'],
    [{ expiresAtMs: 1 }, 'token_end'],
    [{ ownScopes: [] }, 'scopes'],
    [{ refusedFor: '' }, 'refusal'],
  ])('with %j by %s', (change, restriction) => {
    const plain = { ...SECRET, expiresAtMs: null };
    expect(ENTRY_KINDS.secret.restrictionsOf(plain)).toEqual([]);
    expect(ENTRY_KINDS.secret.restrictionsOf({ ...plain, ...change })).toEqual([restriction]);
  });

  it('by what its holder may do, always', () => {
    expect(ENTRY_KINDS.user.restrictionsOf(HOLDER)).toEqual(['scopes']);
    expect(ENTRY_KINDS.user.restrictionsOf({ ...HOLDER, deactivatedAtMs: 1 })).toContain('deactivation');
  });

  it('by nothing that this release does not understand', () => {
    expect([...UNDERSTOOD].sort()).toEqual(
      ['deactivation', 'refusal', 'revocation', 'scopes', 'secret_end', 'token_end'].sort(),
    );
  });
});
