/** Three nodes behind a real balancer: any node answers any request, and one that is away is not missed. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ayu, bearer, setUpCode } from '../api-client.ts';
import { askHttps, type HttpsCall } from '../https-client.ts';
import { type PostgresServer, startPostgres } from '../postgres.ts';
import type { ServerProcess } from '../server-process.ts';
import { type BalancedNodes, startBalancedNodes } from './balanced-nodes.ts';

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());

/** Between two verifications of the load, in milliseconds. */
const pauseMs = 5;

describe.each(['nginx', 'haproxy'] as const)('behind %s', (balancer) => {
  let all: BalancedNodes;
  let session: Record<string, string>;
  let secret: string;

  beforeAll(async () => {
    all = await startBalancedNodes(balancer, postgres);
    const signedUp = await portal('/api/auth/sign-up/email', {
      body: { ...ayu, ...setUpCode(all.nodes[0].server) },
    });
    expect(signedUp.status, signedUp.body).toBe(200);
    const cookies = signedUp.headers['set-cookie'] ?? [];
    session = { cookie: cookies.map((cookie) => cookie.split(';')[0]).join('; ') };
    secret = (await newToken('deploy')).secret;
  });
  afterAll(() => all?.stop());

  const portal = (path: string, call: HttpsCall = {}) =>
    askHttps(`${all.portalUrl}${path}`, all.certificate, call);

  async function newToken(name: string): Promise<{ secret: string; token: { id: string } }> {
    const made = await portal('/api/v1/tokens', { headers: session, body: { name } });
    expect(made.status, made.body).toBe(201);
    return JSON.parse(made.body);
  }

  async function verify(presented: string, headers: Record<string, string> = {}): Promise<number> {
    const url = `${all.verificationUrl}/verify`;
    const answer = await fetch(url, { headers: { ...bearer(presented), ...headers } });
    await answer.arrayBuffer();
    return answer.status;
  }

  /** Verifies all the time while something happens and for a while after; how often each status was answered. */
  async function verifying(happens: () => Promise<void>): Promise<Record<number, number>> {
    const statuses: Record<number, number> = {};
    let askedAfter = 0;
    let happened = false;
    const load = async () => {
      while (askedAfter < 200) {
        const status = await verify(secret);
        statuses[status] = (statuses[status] ?? 0) + 1;
        if (happened) askedAfter += 1;
        await delay(pauseMs);
      }
    };
    const lines = Promise.all([load(), load(), load(), load()]);
    const happening = happens().finally(() => {
      happened = true;
    });
    await Promise.all([happening, lines]);
    return statuses;
  }

  async function activeOn(server: ServerProcess): Promise<number> {
    const text = await (await fetch(`${server.verificationUrl}/metrics`)).text();
    return Number(/^lencana_verdicts_total\{outcome="active",reason="none"\} (\d+)$/m.exec(text)?.[1]);
  }

  /** Until every node gets its share again. */
  async function allInUse(): Promise<void> {
    const before = await Promise.all(all.nodes.map(({ server }) => activeOn(server)));
    await expect
      .poll(
        async () => {
          for (let asked = 0; asked < 9; asked += 1) await verify(secret);
          const now = await Promise.all(all.nodes.map(({ server }) => activeOn(server)));
          return now.every((count, at) => count > (before[at] ?? 0));
        },
        { timeout: 20_000 },
      )
      .toBe(true);
  }

  test('a session and a token of one node are good on every other', async () => {
    for (let asked = 0; asked < 6; asked += 1) {
      expect((await portal('/api/v1/me', { headers: session })).status).toBe(200);
      expect(await verify(secret)).toBe(200);
    }
    await allInUse();
  });

  test('the client’s address is the one that the gateway names', async () => {
    const { secret: used, token } = await newToken('from afar');
    expect(await verify(used, { 'x-forwarded-for': '203.0.113.9' })).toBe(200);
    await expect
      .poll(async () => (await portal(`/api/v1/tokens/${token.id}`, { headers: session })).body, {
        timeout: 10_000,
      })
      .toContain('"last_used_address":"203.0.113.9"');
  });

  test('the metrics of a node are not told to whoever reaches the balancer', async () => {
    expect((await fetch(`${all.verificationUrl}/metrics`)).status).toBe(404);
  });

  test('no verification fails when one node is killed and another one drained', async () => {
    const [, drained, killed] = all.nodes;
    const statuses = await verifying(async () => {
      await Promise.all([drained.server.stop(), killed.server.kill()]);
    });
    expect(statuses).toEqual({ 200: expect.any(Number) });
    expect(statuses[200]).toBeGreaterThan(200);
    await Promise.all([drained.server.start(), killed.server.start()]);
    await allInUse();
  });

  test('no verification fails when a node is cut off from its database, and it takes part again afterwards', async () => {
    const [cut] = all.nodes;
    const readiness = async () => (await fetch(`${cut.server.verificationUrl}/readyz`)).status;
    const statuses = await verifying(async () => {
      await cut.database.cut();
      await expect.poll(readiness, { timeout: 10_000 }).toBe(503);
    });
    expect(statuses).toEqual({ 200: expect.any(Number) });
    await cut.database.mend();
    await expect.poll(readiness, { timeout: 20_000 }).toBe(200);
    await allInUse();
  });

  test('a token deleted through it is refused through it, by each of its nodes, from the answer on', async () => {
    const { secret: gone, token } = await newToken('to be deleted');
    for (let asked = 0; asked < 9; asked += 1) expect(await verify(gone)).toBe(200);
    const deleted = await portal(`/api/v1/tokens/${token.id}`, { method: 'DELETE', headers: session });
    expect(deleted.status, deleted.body).toBe(200);
    const straight = all.nodes.map(async ({ server }) => {
      const answer = await fetch(`${server.verificationUrl}/verify`, { headers: bearer(gone) });
      return answer.status;
    });
    const through = Array.from({ length: 30 }, () => verify(gone));
    expect(new Set(await Promise.all([...straight, ...through]))).toEqual(new Set([401]));
  });

  test('when no node can decide nobody is let in', async () => {
    const { nodes } = all;
    await Promise.all(nodes.map(({ database }) => database.cut()));
    await expect.poll(() => verify(secret), { timeout: 10_000 }).toBeGreaterThanOrEqual(500);
    for (let asked = 0; asked < 6; asked += 1) expect(await verify(secret)).toBeGreaterThanOrEqual(500);
    await Promise.all(nodes.map(({ database }) => database.mend()));
    await expect.poll(() => verify(secret), { timeout: 20_000 }).toBe(200);
  });
});
