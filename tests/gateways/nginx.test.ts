import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bearer, type Client, type Person, signIn } from '../api-client.ts';
import { type ServerProcess, startServer } from '../server-process.ts';
import { type Gateway, startGateway } from './example-gateway.ts';

/** A name that no header can hold as it is. */
const asa: Person = {
  name: 'Åsa Žižek 李, "Lia" 100%',
  email: 'asa@example.com',
  password: 'Correct-Horse-7-Battery',
  phoneNumber: '+6281234567890',
};

/** How far two clocks may drift apart between two looks at the database's, in milliseconds: a thousandth of the freshness. */
const CLOCK_DRIFT_MS = 1;

let lencana: ServerProcess;
let gateway: Gateway;
let asas: Client;
/** One working token for all tests, made as an operator makes it. */
let secret: string;

beforeAll(async () => {
  lencana = await startServer({ env: { LENCANA_TRUSTED_PROXIES: '127.0.0.1' } });
  gateway = await startGateway(lencana.verificationUrl);
  await command(
    ['user', 'create', '--email', asa.email, '--name', asa.name, '--password-stdin'],
    asa.password,
  );
  secret = await tokenByCommand('deploy');
  asas = await signIn(lencana, asa);
});

afterAll(async () => {
  expect(await gateway?.stop()).toBe(0);
  await lencana?.kill();
});

async function command(args: string[], input?: string): Promise<string> {
  const { code, stdout, stderr } = await lencana.cli(args, input);
  expect(code, stderr).toBe(0);
  return stdout;
}

async function tokenByCommand(name: string): Promise<string> {
  const made = await command(['token', 'create', '--email', asa.email, '--name', name, '--json']);
  return JSON.parse(made).secret;
}

const asRole = (role: string) => command(['user', 'edit', '--email', asa.email, '--role', role]);

describe('a working token', () => {
  test('gets its holder greeted by name, in whatever script the name is written', async () => {
    const greeted = await gateway.ask({ headers: bearer(secret) });
    expect(greeted).toMatchObject({ status: 200, text: `Hello, ${asa.name}\n` });
  });

  test('tells the service who calls and never itself', async () => {
    const { text } = await gateway.ask({ path: '/whoami', headers: bearer(secret) });
    expect(JSON.parse(text)).toEqual({
      'x-lencana-user': expect.stringMatching(/./),
      'x-lencana-name': encodeURIComponent(asa.name),
      'x-lencana-organization': expect.stringMatching(/./),
      'x-lencana-token': expect.stringMatching(/^tok_/),
      'x-lencana-scopes': '*:editor',
      'x-lencana-expires': 'never',
      authorization: null,
    });
    expect(text).not.toContain(secret);
  });

  test('lets method and body through to the service untouched', async () => {
    const body = randomBytes(900_000);
    const headers = { ...bearer(secret), 'content-type': 'application/octet-stream' };
    const made = await gateway.ask({ method: 'POST', path: '/reports/?to=me', headers, body });
    expect(made).toMatchObject({ status: 201, text: `A report of 900000 bytes by ${asa.name}\n` });
  });

  test('is recorded as used from the client’s address, not from one the client claims', async () => {
    const { token, secret: other } = await asas.createToken({ name: 'from elsewhere' });
    const headers = { ...bearer(other), 'x-forwarded-for': '203.0.113.9' };
    expect((await gateway.ask({ headers, from: '127.0.0.2' })).status).toBe(200);
    await expect
      .poll(async () => (await asas.call('GET', `/api/v1/tokens/${token.id}`)).body, { timeout: 10_000 })
      .toMatchObject({ token: { last_used_address: '127.0.0.2' } });
  });
});

describe('nobody gets in', () => {
  const challenge = /^Bearer realm="lencana"/;

  test('without a token: 401 with a bare challenge', async () => {
    const refused = await gateway.ask();
    expect(refused.status).toBe(401);
    expect(refused.headers['www-authenticate']).toBe('Bearer realm="lencana"');
    expect(refused.text).not.toContain('Hello');
  });

  test.each([
    ['of no token’s shape', 'Bearer not-a-token'],
    ['with a wrong check', `Bearer cldkctl_${'0'.repeat(32)}`],
    ['of a token that nobody made', 'Bearer cldkctl_ABCDEFGHIJKLMNOPQRSTUVWXYZ3zTzEP'],
    ['of an endless text', `Bearer ${'A'.repeat(4000)}`],
    ['of other credentials', 'Basic YXNhOnBhc3N3b3Jk'],
    ['of nothing after the scheme', 'Bearer '],
  ])('with an Authorization header %s: 401', async (_, authorization) => {
    const refused = await gateway.ask({ headers: { authorization } });
    expect(refused.status).toBe(401);
    expect(refused.headers['www-authenticate']).toMatch(challenge);
    expect(refused.text).not.toContain('Hello');
  });

  test.each([
    ['the query', (token: string) => ({ path: `/?access_token=${token}&Authorization=Bearer%20${token}` })],
    ['a cookie', (token: string) => ({ headers: { cookie: `authorization=Bearer ${token}` } })],
    [
      'the body',
      (token: string) => ({
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: Buffer.from(`access_token=${token}`),
      }),
    ],
  ])('with a working token in %s only: 401', async (_, asked) => {
    expect((await gateway.ask(asked(secret))).status).toBe(401);
  });

  test('by claiming in headers to be known already', async () => {
    const forged = { 'x-lencana-user': 'root', 'x-lencana-name': 'Root', 'x-lencana-scopes': '*:editor' };
    expect((await gateway.ask({ headers: forged })).status).toBe(401);
    const rewrites = { 'x-original-url': '/', 'x-rewrite-url': '/', 'x-http-method-override': 'OPTIONS' };
    expect((await gateway.ask({ headers: rewrites })).status).toBe(401);
  });

  test.each(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'])(
    'by the method %s',
    async (method) => {
      expect((await gateway.ask({ method })).status).toBe(401);
    },
  );

  test('by asking the gateway’s own question to Lencana', async () => {
    for (const path of ['/lencana/verify', '/lencana/verify?x', '//lencana/verify', '/x/../lencana/verify']) {
      const { status, headers } = await gateway.ask({ path, headers: bearer(secret) });
      expect([path, [400, 404].includes(status)]).toEqual([path, true]);
      expect(headers['x-lencana-user']).toBeUndefined();
    }
  });

  test('with a deleted token, from the moment the deletion returns', async () => {
    const { token, secret: gone } = await asas.createToken({ name: 'to be deleted' });
    expect((await gateway.ask({ headers: bearer(gone) })).status).toBe(200);
    expect((await asas.call('DELETE', `/api/v1/tokens/${token.id}`)).status).toBe(200);
    const refused = await gateway.ask({ headers: bearer(gone) });
    expect(refused.status).toBe(401);
    expect(refused.headers['www-authenticate']).toContain('The token was deleted.');
  });

  test('with an expired token, from its very end', async () => {
    const expiresAtMs = Date.now() + 2000;
    const { secret: ending } = await asas.createToken({
      name: 'to expire',
      expires_at: new Date(expiresAtMs).toISOString(),
    });
    expect((await gateway.ask({ headers: bearer(ending) })).status).toBe(200);
    let acceptedAtMs = 0;
    await expect
      .poll(
        async () => {
          const askedAtMs = Date.now();
          const { status } = await gateway.ask({ headers: bearer(ending) });
          if (status === 200) acceptedAtMs = askedAtMs;
          return status;
        },
        { timeout: 10_000, interval: 20 },
      )
      .toBe(401);
    // What the promise leaves open: two clocks that drift apart between two looks at the database's.
    expect(acceptedAtMs).toBeLessThanOrEqual(expiresAtMs + CLOCK_DRIFT_MS);
    const refused = await gateway.ask({ headers: bearer(ending) });
    expect(refused.headers['www-authenticate']).toContain('The token expired on');
  });

  test('with the token of a holder who was deactivated', async () => {
    await command(['user', 'edit', '--email', asa.email, '--deactivate']);
    expect((await gateway.ask({ headers: bearer(secret) })).status).toBe(401);
    await command(['user', 'edit', '--email', asa.email, '--activate']);
    asas = await signIn(lencana, asa);
    // What is given back is known at the server's next look at the database, not at once.
    await expect
      .poll(async () => (await gateway.ask({ headers: bearer(secret) })).status, { timeout: 10_000 })
      .toBe(200);
  });
});

describe('what the client appends changes nothing', () => {
  test('headers that say who calls are replaced', async () => {
    const forged = {
      'X-Lencana-User': 'root',
      'x-lencana-name': 'Root',
      'X-LENCANA-ORGANIZATION': 'other',
      'X-Lencana-Token': 'tok_other',
      'X-Lencana-Scopes': 'everything',
      'X-Lencana-Expires': '2999-01-01T00:00:00.000Z',
      X_Lencana_User: 'root',
    };
    const honest = await gateway.ask({ path: '/whoami', headers: bearer(secret) });
    const lying = await gateway.ask({ path: '/whoami', headers: { ...forged, ...bearer(secret) } });
    expect(lying.text).toBe(honest.text);
  });
});

describe('the scope of a place, when the holder is demoted to viewer', () => {
  beforeAll(async () => {
    expect((await gateway.ask({ path: '/reports/', headers: bearer(secret) })).status).toBe(200);
    await asRole('viewer');
  });
  afterAll(() => asRole('member'));

  test('is refused from then on where an editor is asked for: 403 with the scope that is missing', async () => {
    const refused = await gateway.ask({ path: '/reports/', headers: bearer(secret) });
    expect(refused.status).toBe(403);
    expect(refused.headers['www-authenticate']).toContain('error="insufficient_scope"');
    expect(refused.headers['www-authenticate']).toContain('scope="reports:editor"');
    expect(refused.text).not.toContain('Reports for');
  });

  test('does not close the places that ask for no scope', async () => {
    const { status, text } = await gateway.ask({ path: '/whoami', headers: bearer(secret) });
    expect(status).toBe(200);
    expect(JSON.parse(text)['x-lencana-scopes']).toBe('*:viewer');
  });

  test('is not lowered by a query', async () => {
    for (const query of ['?scope=reports:viewer', '?/verify/reports:viewer', '?scope=']) {
      const path = `/reports/${query}`;
      expect((await gateway.ask({ path, headers: bearer(secret) })).status).toBe(403);
    }
  });

  test('cannot be walked around by writing the path another way', async () => {
    const ways = [
      '//reports/',
      '/./reports/',
      '/x/../reports/',
      '/%72eports/',
      '/reports%2F',
      '/reports',
      '/reports;/',
      '/Reports/',
      '/reports/../reports/',
      '/reports/%2e%2e/reports/',
      '/whoami/%2e%2e/reports/',
    ];
    for (const path of ways) {
      const { status, text } = await gateway.ask({ path, headers: bearer(secret) });
      expect([path, text.includes('Reports for')]).toEqual([path, false]);
      expect([path, status >= 300]).toEqual([path, true]);
    }
  });
});

describe('when Lencana cannot be asked', () => {
  test('everybody gets 503 and a time to try again, and is served once it is back', async () => {
    await lencana.stop();
    for (const path of ['/', '/reports/', '/whoami']) {
      for (const headers of [bearer(secret), bearer('not-a-token'), {}]) {
        const refused = await gateway.ask({ path, headers });
        expect(refused.status).toBe(503);
        expect(refused.headers['retry-after']).toBe('1');
        expect(refused.text).not.toMatch(/Hello|Reports|x-lencana/);
      }
    }
    await lencana.start();
    expect((await gateway.ask({ headers: bearer(secret) })).text).toBe(`Hello, ${asa.name}\n`);
  });

  test('a Lencana that takes the question and never answers lets nobody in either', async () => {
    await lencana.stop();
    const { hostname, port } = new URL(lencana.verificationUrl);
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(Number(port), hostname, resolve));
    try {
      const refused = await gateway.ask({ headers: bearer(secret) });
      expect(refused.status).toBe(503);
      expect(refused.text).not.toContain('Hello');
    } finally {
      silent.closeAllConnections();
      await new Promise((resolve) => silent.close(resolve));
    }
  });
});
