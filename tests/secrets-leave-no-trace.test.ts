import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client as Postgres } from 'pg';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ayu, bearer, type Client, clientOf, signUp, verify } from './api-client.ts';
import { launchProfile, type Profile } from './e2e/browser.ts';
import {
  copyAndClose,
  createInPortal,
  openCreateForm,
  openTokenList,
  pageMemory,
  signUpInPortal,
} from './e2e/portal.ts';
import { builtPortal } from './e2e/portal-build.ts';
import { temporaryDirectory } from './run-directory.ts';
import { coreOf, filesUnder, findSecrets, type Haystack, textHaystack } from './secret-search.ts';
import { type ServerProcess, startServer } from './server-process.ts';

const someSecret = 'cldkctl_ABCDEFGHIJKLMNOPQRSTUVWXYZ3zTzEP';

describe('the search finds a secret', () => {
  const core = Buffer.from(coreOf(someSecret));
  test.each([
    ['as it is', Buffer.from(`token=${someSecret};`)],
    ['without its prefix and check', Buffer.from(`x${core}y`)],
    ['in UTF-16', Buffer.from(someSecret, 'utf16le')],
    ['in hexadecimal', Buffer.from(Buffer.from(someSecret).toString('hex'))],
    ['in a Basic header', Buffer.from(Buffer.from(`user:${someSecret}`).toString('base64'))],
    ['in base64 at another alignment', Buffer.from(Buffer.from(`us:${someSecret}`).toString('base64'))],
    ['in base64 at the third alignment', Buffer.from(Buffer.from(`u:${someSecret}!`).toString('base64url'))],
  ])('%s', (_form, bytes) => {
    const hay = Buffer.concat([Buffer.alloc(1000, 7), bytes, Buffer.alloc(1000, 9)]);
    expect(findSecrets([{ name: 'planted', bytes: hay }], { it: someSecret })).not.toEqual([]);
  });

  test('in a file of a directory, and nothing in one without', () => {
    const directory = temporaryDirectory('planted');
    writeFileSync(join(directory, 'clean.log'), `${someSecret.slice(0, 8)}…${someSecret.slice(-4)}`);
    expect(findSecrets(filesUnder(directory), { it: someSecret })).toEqual([]);
    writeFileSync(join(directory, 'leak.log'), `{"authorization":"Bearer ${someSecret}"}`);
    expect(findSecrets(filesUnder(directory), { it: someSecret })).toEqual(['leak.log: it (as it is)']);
  });
});

describe.each(['sqlite', 'postgres'] as const)('after a whole run on %s', (database) => {
  let server: ServerProcess;
  const secrets: Record<string, string> = { 'the password': ayu.password };
  const answers: Haystack[] = [];

  beforeAll(async () => {
    server = await startServer({ database });
    const client = await signUp(server, ayu);
    await useTheApi(server, client, secrets, answers);
    await useTheCommandLine(server, secrets, answers);
    await misuse(server, client, secrets, answers);
  });

  afterAll(() => server?.kill());

  test('no log line, answer to another call, or file of the server holds a secret, killed or not', async () => {
    const traces = () => [
      textHaystack('stdout', server.stdout()),
      textHaystack('stderr', server.stderr()),
      ...filesUnder(server.dataDir),
      ...answers,
    ];
    expect(Object.keys(secrets).length).toBeGreaterThan(6);
    expect(findSecrets(traces(), secrets)).toEqual([]);
    await server.kill('SIGKILL');
    expect(findSecrets(traces(), secrets)).toEqual([]);
    await server.start();
    await server.stop();
    expect(findSecrets(traces(), secrets)).toEqual([]);
  });
});

test('a PostgreSQL database, dumped row by row, holds no secret', async () => {
  const server = await startServer({ database: 'postgres' });
  const secrets: Record<string, string> = { 'the password': ayu.password };
  const client = await signUp(server, ayu);
  await useTheApi(server, client, secrets, []);
  const connection = new Postgres({ connectionString: server.env.LENCANA_DATABASE_URL });
  await connection.connect();
  const tables = await connection.query<{ name: string }>(
    `SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) AS name FROM pg_tables
     WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
  );
  const rows: Haystack[] = [];
  for (const { name } of tables.rows) {
    const dumped = await connection.query(`SELECT * FROM ${name}`);
    for (const row of dumped.rows) {
      for (const [column, value] of Object.entries(row)) {
        const bytes = Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value) ?? '');
        rows.push({ name: `${name}.${column}`, bytes });
      }
    }
  }
  await connection.end();
  await server.stop();
  expect(rows.length).toBeGreaterThan(20);
  expect(findSecrets(rows, secrets)).toEqual([]);
});

describe('the browser', () => {
  let server: ServerProcess;
  let profile: Profile;
  let secret: string;

  beforeAll(async () => {
    await builtPortal();
    [server, profile] = await Promise.all([startServer(), launchProfile()]);
  });

  afterAll(async () => {
    await profile?.close();
    await server?.kill();
  });

  test('has no secret on any page once the dialog is closed, nor in storage, history or memory of the page', async () => {
    const { page } = profile;
    await signUpInPortal(page, server, ayu);
    await openTokenList(page, ayu);
    await openCreateForm(page);
    secret = await createInPortal(page, 'made in the portal');
    const shown = textHaystack('dialog', await pageMemory(page));
    expect(findSecrets([shown], { it: secret })).not.toEqual([]);
    expect(page.url()).not.toContain(coreOf(secret));
    expect(findSecrets([await heapOf(page)], { it: secret })).not.toEqual([]);
    await copyAndClose(page);
    await expect
      .poll(async () => findSecrets([await heapOf(page)], { it: secret }), { timeout: 20_000 })
      .toEqual([]);

    const pages: Haystack[] = [textHaystack('after closing', await pageMemory(page))];
    for (const path of ['/', '/profile', '/api-overview', '/api-overview/token', '/api-overview/token/new']) {
      await page.goto(server.publicUrl + path);
      await page.getByRole('heading').first().waitFor();
      pages.push(textHaystack(path, await pageMemory(page)));
    }
    await page.goBack();
    await page.getByRole('heading').first().waitFor();
    pages.push(textHaystack('Back', await pageMemory(page)));
    expect(findSecrets(pages, { it: secret })).toEqual([]);
  });

  test('has written no secret to its profile on disk', async () => {
    const planted = 'cldkctl_ZYXWVUTSRQPONMLKJIHGFEDCBA000000';
    await profile.page.goto(server.publicUrl);
    await profile.page.evaluate(`localStorage.setItem('planted', '${planted}')`);
    await profile.close();
    const files = filesUnder(profile.userDataDir);
    expect(findSecrets(files, { planted })).not.toEqual([]);
    expect(findSecrets(files, { it: secret, 'the password': ayu.password })).toEqual([]);
    const serverTraces = [textHaystack('stderr', server.stderr()), ...filesUnder(server.dataDir)];
    expect(findSecrets(serverTraces, { it: secret, 'the password': ayu.password })).toEqual([]);
  });
});

async function useTheApi(
  server: ServerProcess,
  client: Client,
  secrets: Record<string, string>,
  answers: Haystack[],
): Promise<void> {
  const made = await client.createToken({ name: 'by the API' });
  secrets['made by the API'] = made.secret;
  const key = randomUUID();
  const retry = { body: { name: 'retried' }, headers: { 'idempotency-key': key } };
  const [first, again] = [
    await client.call('POST', '/api/v1/tokens', retry),
    await client.call('POST', '/api/v1/tokens', retry),
  ];
  expect(again.body).toEqual(first.body);
  secrets['made with a retry'] = (first.body as { secret: string }).secret;
  const withToken = clientOf(server, bearer(made.secret));
  secrets['made by a token'] = (await withToken.createToken({ name: 'by a token' })).secret;
  const revoked = await client.createToken({ name: 'revoked' });
  secrets['of a revoked token'] = revoked.secret;
  await client.call('DELETE', `/api/v1/tokens/${revoked.token.id}`);
  for (const secret of Object.values(secrets)) {
    for (const scope of ['', 'vm:viewer']) record(answers, 'verify', await verify(server, secret, scope));
    const introspected = await fetch(new URL('/introspect', server.verificationUrl), {
      method: 'POST',
      body: new URLSearchParams({ token: secret }),
    });
    answers.push(textHaystack('introspect', await introspected.text()));
    const own = clientOf(server, bearer(secret));
    record(answers, 'me', await own.call('GET', '/api/v1/me'));
    record(answers, 'list', await own.call('GET', '/api/v1/tokens'));
    record(answers, 'one', await own.call('GET', `/api/v1/tokens/${made.token.id}`));
  }
}

async function useTheCommandLine(
  server: ServerProcess,
  secrets: Record<string, string>,
  answers: Haystack[],
): Promise<void> {
  const password = 'Reset-By-Operator-31';
  const reset = await server.cli(
    ['user', 'reset-password', '--email', ayu.email, '--password-stdin'],
    password,
  );
  expect(reset.code, reset.stderr).toBe(0);
  secrets['the new password'] = password;
  answers.push(textHaystack('user reset-password', reset.stdout + reset.stderr));
  const token = await server.cli(['token', 'create', '--email', ayu.email, '--name', 'by the CLI']);
  expect(token.code, token.stderr).toBe(0);
  const secret = /cldkctl_[0-9A-Za-z]{32}/.exec(token.stdout)?.[0];
  expect(secret).toBeDefined();
  secrets['made by the CLI'] = secret ?? '';
  answers.push(textHaystack('token create on stderr', token.stderr));
}

/** Secrets where they do not belong, and damaged ones: what is refused must not be kept either. */
async function misuse(
  server: ServerProcess,
  client: Client,
  secrets: Record<string, string>,
  answers: Haystack[],
): Promise<void> {
  const secret = secrets['made by the API'] ?? '';
  const typo = secret.replace(/.$/, secret.endsWith('a') ? 'b' : 'a');
  const nobody = clientOf(server);
  const attempts: [string, string, Parameters<Client['call']>[2]?][] = [
    ['GET', '/api/v1/me', { headers: bearer(typo) }],
    ['GET', '/api/v1/me', { headers: bearer(`${secret} `.repeat(3)) }],
    ['GET', '/api/v1/me', { headers: { authorization: `Basic ${btoa(`ayu:${secret}`)}` } }],
    ['GET', `/api/v1/me?access_token=${secret}`],
    ['GET', `/api/v1/tokens?q=${secret}`],
    ['GET', `/api/v1/tokens/${secret}`],
    ['DELETE', `/api/v1/tokens/${secret}`],
    ['GET', `/${secret}`],
    ['POST', '/api/v1/tokens', { raw: `{"name": "${secret}` }],
    ['POST', '/api/v1/tokens', { body: { name: 'x', [secret]: 1 } }],
    ['POST', '/api/v1/tokens', { body: { name: 'x', expires_on: secret, time_zone: secret } }],
    ['POST', '/api/v1/tokens', { body: { name: 'x' }, headers: { 'idempotency-key': secret } }],
    ['POST', '/api/auth/sign-in/email', { body: { email: 'ayu@example.com', password: secret } }],
    ['POST', '/api/auth/sign-in/email', { raw: `{"password":"${secret}"` }],
    ['GET', '/api/v1/me', { headers: { 'user-agent': 'curl', 'x-request-id': secret } }],
    ['GET', '/api/v1/me', { headers: { referer: `https://elsewhere.example/?t=${secret}` } }],
  ];
  for (const [method, path, call] of attempts) {
    await client.call(method, path, call);
    await nobody.call(method, path, call);
  }
  record(answers, 'typo', await nobody.call('GET', '/api/v1/me', { headers: bearer(typo) }));
  record(answers, 'verify typo', await verify(server, typo));
  await fetch(new URL(`/verify/${secret}`, server.verificationUrl));
  await fetch(new URL(`/verify?token=${secret}`, server.verificationUrl), { headers: bearer(typo) });
  await fetch(new URL(`/introspect?token=${secret}`, server.verificationUrl), { method: 'POST', body: '{' });
}

/** Every string that the page's scripts can still reach. */
async function heapOf(page: Page): Promise<Haystack> {
  const devtools = await page.context().newCDPSession(page);
  let text = '';
  devtools.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => {
    text += chunk;
  });
  await devtools.send('HeapProfiler.collectGarbage');
  await devtools.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
  await devtools.detach();
  return textHaystack('heap', text);
}

function record(answers: Haystack[], name: string, answer: { text: string; headers: Headers }): void {
  const headers = [...answer.headers].map(([header, value]) => `${header}: ${value}`).join('\n');
  answers.push(textHaystack(name, `${headers}\n${answer.text}`));
}
