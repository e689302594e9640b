import { expect, test } from 'vitest';
import { runCampaign } from './campaign.ts';
import { hostileTargets } from './routes.ts';
import { summaryOf } from './summary.ts';

test('every route of both listeners is tried, those of accounts too', async () => {
  const targets = await hostileTargets();
  const names = targets.map(({ listener, method, path }) => `${listener} ${method} ${path}`);
  expect(names).toEqual(
    expect.arrayContaining([
      'public POST /api/v1/tokens',
      'public DELETE /api/v1/tokens/:id',
      'public POST /api/auth/sign-in/email',
      'public POST /api/auth/passkey/verify-registration',
      'verification GET /verify/*',
      'verification POST /introspect',
      'verification POST /freshness/load',
    ]),
  );
  const create = targets.find(({ method, path }) => method === 'POST' && path === '/api/v1/tokens');
  expect(create?.members).toEqual(expect.arrayContaining(['name', 'expires_at']));
});

/** Far above what any request may take: it tells a request that holds the process from a machine that is busy. */
const STALL_MS_MAX = 2000;

test.each(['sqlite', 'postgres'] as const)(
  'hostile requests make the server on %s neither fail nor leave others without an answer',
  async (database) => {
    const seed = 20_260_101;
    const report = await runCampaign({
      requests: 2000,
      seed,
      stallMsMax: STALL_MS_MAX,
      database,
      tell: () => {},
    });
    expect(report.faults, summaryOf(report, seed)).toEqual([]);
    expect(report.requests).toBe(2000);
  },
);
