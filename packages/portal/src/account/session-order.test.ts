import { expect, test } from 'vitest';
import type { Session } from './auth-client.ts';
import { newestFirst } from './session-order.ts';

const session = (id: string, createdAt: string, current = false): Session => ({
  id,
  current,
  createdAt,
  expiresAt: '2027-01-01T00:00:00Z',
  endsAt: '2027-01-01T00:00:00Z',
  ipAddress: null,
  userAgent: null,
});

test('this session comes first, then the newest', () => {
  const sessions = [
    session('old', '2026-01-01T00:00:00Z'),
    session('this', '2026-02-01T00:00:00Z', true),
    session('new', '2026-03-01T00:00:00Z'),
  ];
  expect(newestFirst(sessions).map(({ id }) => id)).toEqual(['this', 'new', 'old']);
});
