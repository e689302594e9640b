import { describe, expect, it } from 'vitest';
import type { SecretRecord } from './entry-kinds.ts';
import { judge } from './judge.ts';
import type { TokenIdentity } from './verdict.ts';

const NOW_MS = 1_000_000_000;
const TOKEN: TokenIdentity = {
  tokenId: 'tok_1',
  tokenName: 'ci',
  secretId: 'aa',
  holderId: 'u1',
  holderName: 'Ana',
  holderEmail: 'ana@example.com',
  organizationId: 'default',
  scopes: ['*:editor'],
  createdAtMs: 1,
  expiresAtMs: null,
};
const LIVE: SecretRecord = {
  secretEndsAtMs: null,
  revokedAtMs: null,
  holderDeactivatedAtMs: null,
  refusedFor: null,
  token: TOKEN,
};

describe('the judgement of a secret', () => {
  it.each<[Partial<SecretRecord>, Partial<TokenIdentity>, string | undefined, string]>([
    [{}, {}, undefined, 'active'],
    [{}, { expiresAtMs: NOW_MS }, undefined, 'active'],
    [{}, { expiresAtMs: NOW_MS - 1 }, undefined, 'expired'],
    [{ revokedAtMs: NOW_MS }, {}, undefined, 'revoked'],
    [{ revokedAtMs: NOW_MS + 1000 }, {}, undefined, 'revoked'],
    [{ revokedAtMs: 1 }, { expiresAtMs: 1 }, undefined, 'revoked'],
    [{ secretEndsAtMs: NOW_MS - 1 }, {}, undefined, 'secret_replaced'],
    [{ secretEndsAtMs: NOW_MS + 1 }, {}, undefined, 'active'],
    [{ holderDeactivatedAtMs: 5 }, {}, undefined, 'holder_deactivated'],
    [{}, {}, 'storage:editor', 'active'],
    [{}, { scopes: ['*:viewer'] }, 'storage:viewer', 'active'],
    [{}, { scopes: ['*:viewer'] }, 'storage:editor', 'insufficient_scope'],
    [{}, { scopes: [] }, 'storage:viewer', 'insufficient_scope'],
    [{}, { scopes: ['storage:viewer'] }, 'storage:editor', 'insufficient_scope'],
    [{}, { scopes: ['storage:editor'] }, 'compute:viewer', 'insufficient_scope'],
    [{}, {}, '*:editor', 'insufficient_scope'],
    [{}, {}, 'nonsense', 'insufficient_scope'],
  ])('of %j with %j asked for %s is %s', (change, token, scope, expected) => {
    const verdict = judge(
      { ...LIVE, ...change, token: { ...TOKEN, ...token } },
      NOW_MS,
      scope === undefined ? {} : { scope },
    );
    expect(verdict.outcome === 'refused' ? verdict.reason : verdict.outcome).toBe(expected);
  });

  it('demands every scope of several', () => {
    const record = { ...LIVE, token: { ...TOKEN, scopes: ['a:editor', 'b:viewer'] } };
    const outcomeOf = (scopes: string[], scope?: string) =>
      judge(record, NOW_MS, { scopes, ...(scope === undefined ? {} : { scope }) }).outcome;
    expect(outcomeOf(['a:editor', 'b:viewer'])).toBe('active');
    expect(outcomeOf([])).toBe('active');
    expect(outcomeOf(['a:editor', 'b:editor'])).toBe('refused');
    expect(outcomeOf(['b:editor', 'a:editor'])).toBe('refused');
    expect(outcomeOf(['a:viewer'], 'c:viewer')).toBe('refused');
    expect(outcomeOf(['nonsense'])).toBe('refused');
  });

  it('refuses for any reason, and says nothing of a token for one that it does not know', () => {
    expect(judge({ ...LIVE, refusedFor: 'revoked' }, NOW_MS, {})).toMatchObject({
      reason: 'revoked',
      token: TOKEN,
    });
    for (const refusedFor of ['organization_suspended', '', 'active', 'unknown', 'toString']) {
      expect(judge({ ...LIVE, refusedFor }, NOW_MS, {})).toEqual({
        outcome: 'refused',
        reason: 'unknown',
        token: null,
      });
    }
  });
});
