import { describe, expect, it } from 'vitest';
import { judge, type SecretRecord } from './judge.ts';
import { covers, effectiveScopes, parseScope } from './role.ts';
import { nameKeyOf, parseTokenName, statusOf } from './token.ts';

const NOW_MS = 1_000_000_000;
const LIVE: SecretRecord = {
  secretEndsAtMs: null,
  tokenId: 'tok_1',
  tokenName: 'ci',
  tokenScopes: null,
  createdAtMs: 1,
  expiresAtMs: null,
  revokedAtMs: null,
  organizationId: 'default',
  holderId: 'u1',
  holderName: 'Ana',
  holderEmail: 'ana@example.com',
  holderRole: 'member',
  holderDeactivatedAtMs: null,
};

describe('the judgement of a secret', () => {
  it.each<[Partial<SecretRecord>, string | undefined, string]>([
    [{}, undefined, 'active'],
    [{ expiresAtMs: NOW_MS }, undefined, 'active'],
    [{ expiresAtMs: NOW_MS - 1 }, undefined, 'expired'],
    [{ revokedAtMs: NOW_MS }, undefined, 'revoked'],
    [{ revokedAtMs: NOW_MS + 1000 }, undefined, 'revoked'],
    [{ revokedAtMs: 1, expiresAtMs: 1 }, undefined, 'revoked'],
    [{ secretEndsAtMs: NOW_MS - 1 }, undefined, 'secret_replaced'],
    [{ secretEndsAtMs: NOW_MS + 1 }, undefined, 'active'],
    [{ holderDeactivatedAtMs: 5 }, undefined, 'holder_deactivated'],
    [{}, 'storage:editor', 'active'],
    [{ holderRole: 'viewer' }, 'storage:viewer', 'active'],
    [{ holderRole: 'viewer' }, 'storage:editor', 'insufficient_scope'],
    [{ holderRole: 'somebody' }, 'storage:viewer', 'insufficient_scope'],
    [{ tokenScopes: ['storage:viewer'] }, 'storage:editor', 'insufficient_scope'],
    [{ tokenScopes: ['storage:editor'], holderRole: 'viewer' }, 'storage:editor', 'insufficient_scope'],
    [{ tokenScopes: ['storage:editor'] }, 'compute:viewer', 'insufficient_scope'],
    [{}, '*:editor', 'insufficient_scope'],
    [{}, 'nonsense', 'insufficient_scope'],
  ])('of %j asked for %s is %s', (change, scope, expected) => {
    const verdict = judge({ ...LIVE, ...change }, NOW_MS, scope);
    expect(verdict.outcome === 'refused' ? verdict.reason : verdict.outcome).toBe(expected);
  });
});

describe('effective access', () => {
  it('is what both the token and the role of its holder allow', () => {
    expect(effectiveScopes(null, 'member')).toEqual(['*:editor']);
    expect(effectiveScopes(['a:editor', 'b:viewer'], 'viewer')).toEqual(['a:viewer', 'b:viewer']);
    expect(effectiveScopes(['a:editor'], 'unknown')).toEqual([]);
    expect(effectiveScopes(['rubbish'], 'administrator')).toEqual([]);
  });

  it('covers viewing by editing, never the other way round', () => {
    expect(covers(['a:editor'], { service: 'a', level: 'viewer' })).toBe(true);
    expect(covers(['a:viewer'], { service: 'a', level: 'editor' })).toBe(false);
    expect(covers(['*:viewer'], { service: 'a', level: 'viewer' })).toBe(true);
  });

  it.each(['a:owner', ':viewer', 'A:viewer', 'a:viewer ', 'a b:viewer', '-a:viewer', 'a:viewer\nb:editor'])(
    'takes %j for no scope',
    (text) => {
      expect(parseScope(text)).toBeNull();
    },
  );
});

describe('a token', () => {
  it.each([
    [null, null, 'active'],
    [NOW_MS + 7 * 86_400_000 + 1, null, 'active'],
    [NOW_MS + 7 * 86_400_000, null, 'expires_soon'],
    [NOW_MS, null, 'expires_soon'],
    [NOW_MS - 1, null, 'expired'],
    [NOW_MS - 1, 5, 'revoked'],
  ])('that ends at %s and was revoked at %s shows as %s', (expiresAtMs, revokedAtMs, status) => {
    expect(statusOf({ expiresAtMs, revokedAtMs }, NOW_MS)).toBe(status);
  });

  it.each([
    '',
    '   ',
    '\t',
    'a\u0000b',
    'a\nb',
    '\u202eevil',
    '\u200b',
    '\u3164',
    '\u200e\u061c',
    'x'.repeat(101),
    '\ud800',
  ])('cannot be named %j', (name) => {
    expect(() => parseTokenName(name)).toThrow();
  });

  it('may be named in any writing, up to 100 characters as people count them', () => {
    expect(parseTokenName('  🚀'.padEnd(4, 'a'))).toBe('🚀');
    expect([...parseTokenName('🚀'.repeat(100))]).toHaveLength(100);
    expect(parseTokenName('مفتاح שלום')).toBe('مفتاح שלום');
    expect(parseTokenName('e\u0301')).toBe('é');
  });

  it('has the same name as another that differs by case or form alone', () => {
    expect(nameKeyOf('STRASSE')).toBe(nameKeyOf('straße'));
    expect(nameKeyOf('É')).toBe(nameKeyOf('e\u0301'));
    expect(nameKeyOf('ＣＩ')).toBe(nameKeyOf('ci'));
    expect(nameKeyOf('\u200bc\u200di')).toBe(nameKeyOf('ci'));
    expect(nameKeyOf('ci')).not.toBe(nameKeyOf('ci2'));
  });
});
