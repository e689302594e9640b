import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Answer,
  ayu,
  bearer,
  budi,
  type Client,
  clientOf,
  type Problem,
  signUp,
  type Token,
} from './api-client.ts';
import { type ServerProcess, startServer } from './server-process.ts';

let server: ServerProcess;
let session: Client;
let withToken: Client;
let other: Client;

beforeAll(async () => {
  server = await startServer();
  session = await signUp(server, ayu);
  withToken = clientOf(server, bearer((await session.createToken({ name: 'bearer of the tests' })).secret));
  other = await signUp(server, budi);
});

afterAll(async () => {
  await server?.stop();
});

const clients = { 'a session': () => session, 'a token': () => withToken };
const each = Object.entries(clients).map(([name, client]) => ({ by: name, client }));

/** The problem document, after checking what every one of them promises. */
function problem(answer: Answer): Problem {
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(answer.headers.get('cache-control')).toContain('no-store');
  const document = answer.body as Problem;
  expect(document.status).toBe(answer.status);
  expect(document.code).toMatch(/^[a-z_]+$/);
  expect(document.title).toBeTruthy();
  expect(document.detail).toMatch(/^\S.*[.!?]$/s);
  expect(document.request_id).toBeTruthy();
  expect(answer.text).not.toMatch(/node_modules|\.ts:|at .*\(|SQLITE|sqlite/);
  return document;
}

let made = 0;
const unusedName = () => {
  made += 1;
  return `token ${made}`;
};

type Refused = { what: string; body: unknown; status: number; code: string; field?: string };

const name = (what: string, given: unknown): Refused => ({
  what,
  body: { name: given },
  status: 422,
  code: 'invalid_name',
  field: 'name',
});

const schema = (what: string, body: unknown, field?: string): Refused => ({
  what,
  body,
  status: 400,
  code: 'invalid_request',
  ...(field === undefined ? {} : { field }),
});

const expiry = (what: string, code: string, field: string, fields: Record<string, unknown>): Refused => ({
  what,
  body: { name: 'ends', ...fields },
  status: 422,
  code,
  field,
});

const year = new Date().getUTCFullYear();
const commonYear = [year + 1, year + 2, year + 3, year + 4].find((each) => each % 4 !== 0);
const zone = { time_zone: 'Asia/Jakarta' };

const refusedBodies: Refused[] = [
  name('an empty name', ''),
  name('a name of spaces', '   '),
  name('a name of no-break spaces', '\u00a0\u2003'),
  name('a name of 101 characters', 'x'.repeat(101)),
  name('a name of 101 emoji', '🎫'.repeat(101)),
  name('a name with a new line inside', 'one\ntwo'),
  name('a name with a NUL', 'one\u0000two'),
  name('a name with an escape sequence', '\u001b[31mred'),
  name('a name with a C1 control', 'a\u0085b'),
  schema('a name that is a number', { name: 5 }, 'name'),
  schema('a name that is null', { name: null }, 'name'),
  schema('a name that is a list', { name: ['x'] }, 'name'),
  schema('no name', {}, 'name'),
  schema('an unknown member', { name: 'x', administrator: true }, 'administrator'),
  schema('a list', []),
  schema('a string', 'name'),
  schema('a number', 7),
  schema('null', null),
  schema('expires_at that is a number', { name: 'x', expires_at: 1893456000 }, 'expires_at'),
  expiry('yesterday', 'expiry_in_past', 'expires_on', { expires_on: '2020-01-31', ...zone }),
  expiry('a past instant', 'expiry_in_past', 'expires_at', { expires_at: '2020-01-01T00:00:00Z' }),
  expiry('29 February of a common year', 'invalid_expiry', 'expires_on', {
    expires_on: `${commonYear}-02-29`,
    ...zone,
  }),
  expiry('31 April', 'invalid_expiry', 'expires_on', { expires_on: `${year + 1}-04-31`, ...zone }),
  expiry('month 13', 'invalid_expiry', 'expires_on', { expires_on: `${year + 1}-13-01`, ...zone }),
  expiry('a day that is garbage', 'invalid_expiry', 'expires_on', { expires_on: 'soon', ...zone }),
  expiry('a day with a time', 'invalid_expiry', 'expires_on', {
    expires_on: `${year + 1}-01-01T00:00`,
    ...zone,
  }),
  expiry('a year of five digits', 'invalid_expiry', 'expires_on', { expires_on: '10000-01-01', ...zone }),
  expiry('an empty day', 'invalid_expiry', 'expires_on', { expires_on: '', ...zone }),
  expiry('both a day and an instant', 'invalid_expiry', 'expires_at', {
    expires_on: `${year + 1}-01-01`,
    expires_at: `${year + 1}-01-01T00:00:00Z`,
    ...zone,
  }),
  expiry('a day without a zone', 'invalid_time_zone', 'time_zone', { expires_on: `${year + 1}-01-01` }),
  expiry('a zone that does not exist', 'invalid_time_zone', 'time_zone', {
    expires_on: `${year + 1}-01-01`,
    time_zone: 'Mars/Olympus',
  }),
  expiry('an offset for a zone', 'invalid_time_zone', 'time_zone', {
    expires_on: `${year + 1}-01-01`,
    time_zone: '+07:00',
  }),
  expiry('a path for a zone', 'invalid_time_zone', 'time_zone', {
    expires_on: `${year + 1}-01-01`,
    time_zone: '../../etc/passwd',
  }),
  expiry('an instant without an offset', 'invalid_expiry', 'expires_at', {
    expires_at: `${year + 1}-01-01T00:00:00`,
  }),
  expiry('an instant that is garbage', 'invalid_expiry', 'expires_at', { expires_at: 'tomorrow' }),
  expiry('an instant after the year 9999', 'invalid_expiry', 'expires_at', {
    expires_at: '9999-12-31T23:59:59-01:00',
  }),
];

describe.each(each)('a token asked for by $by', ({ client }) => {
  test.each(refusedBodies)('with $what is refused and not made', async ({ body, status, code, field }) => {
    const before = await total(client());
    const answer = await client().call('POST', '/api/v1/tokens', { body });
    expect([answer.status, problem(answer).code], answer.text).toEqual([status, code]);
    if (field !== undefined) {
      const errors = problem(answer).errors ?? [];
      expect(errors.map((each) => each.field)).toContain(field);
      for (const each of errors) expect(each.message).toMatch(/^\S.*[.!?]$/s);
    }
    expect(await total(client())).toBe(before);
  });

  test.each([
    ['100 characters', 'x'.repeat(100)],
    ['100 emoji, each two UTF-16 units', '🎫'.repeat(100)],
    ['right-to-left letters', 'رمز الوصول'],
    ['markup, kept as text', '<img src=x onerror=alert(1)>'],
    ['quotes and SQL', `Robert'); DROP TABLE token;--`],
    ['spaces around, trimmed', '  padded name  '],
  ])('may have a name of %s', async (_what, given) => {
    // Both credentials are one holder's, whose names must differ.
    const unique = client() === session ? given : given.replace(/.$/u, 'ü');
    const answer = await client().call('POST', '/api/v1/tokens', { body: { name: unique } });
    expect(answer.status, answer.text).toBe(201);
    expect((answer.body as { token: Token }).token.name).toBe(unique.trim());
  });

  test.each([
    ['in another case', (first: string) => first.toUpperCase()],
    ['with spaces around', (first: string) => ` ${first} `],
    ['composed differently', (first: string) => first.normalize('NFD')],
  ])('cannot have the name of a live one %s', async (_what, again) => {
    const first = `café ${unusedName()}`;
    expect((await client().call('POST', '/api/v1/tokens', { body: { name: first } })).status).toBe(201);
    const answer = await client().call('POST', '/api/v1/tokens', { body: { name: again(first) } });
    expect(answer.status).toBe(409);
    expect(problem(answer).code).toBe('name_taken');
    expect(problem(answer).errors?.map(({ field }) => field)).toEqual(['name']);
  });

  test.each([
    ['today', dayIn('Asia/Jakarta', 0)],
    ['29 February of a leap year', `${nextLeapYear()}-02-29`],
    ['the last day of 9999', '9999-12-31'],
  ])('may end on %s', async (_what, day) => {
    const body = { name: unusedName(), expires_on: day, ...zone };
    const answer = await client().call('POST', '/api/v1/tokens', { body });
    expect(answer.status, answer.text).toBe(201);
    expect((answer.body as { token: Token }).token.expires_at).toBe(`${day}T16:59:59.999Z`);
  });
});

describe.each(each)('a request by $by', ({ client }) => {
  const post = (call: { raw: string | Uint8Array; headers?: Record<string, string> }) =>
    client().call('POST', '/api/v1/tokens', call);

  test.each([
    ['cut off', '{"name":'],
    ['no JSON', 'name=x'],
    ['two documents', '{"name":"x"}{"name":"y"}'],
    ['a bare word', 'undefined'],
    ['bytes that are no UTF-8', Uint8Array.of(0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d)],
    ['empty', ''],
  ])('with a body that is %s is refused as invalid_json', async (_what, raw) => {
    const answer = await post({ raw });
    expect([answer.status, problem(answer).code]).toEqual([400, 'invalid_json']);
  });

  test('nested ten thousand deep is refused', async () => {
    const answer = await post({ raw: `{"name":${'['.repeat(10_000)}${']'.repeat(10_000)}}` });
    expect(answer.status).toBe(400);
    expect(problem(answer).code).toMatch(/^invalid_(json|request)$/);
  });

  test('with a member that would reach the prototype of objects is refused', async () => {
    const answer = await post({ raw: '{"name":"x","__proto__":{"role":"administrator"}}' });
    expect(answer.status).toBe(400);
    expect(problem(answer).code).toMatch(/^invalid_(json|request)$/);
  });

  test('with a body over a megabyte is refused as body_too_large', async () => {
    const answer = await post({ raw: JSON.stringify({ name: 'x'.repeat(1_100_000) }) });
    expect([answer.status, problem(answer).code]).toEqual([413, 'body_too_large']);
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
    'with a body of type %s is refused as unsupported_media_type',
    async (type) => {
      const answer = await post({ raw: '{"name":"x"}', headers: { 'content-type': type } });
      expect([answer.status, problem(answer).code]).toEqual([415, 'unsupported_media_type']);
    },
  );

  test.each([
    ['too short to be random', 'retry-1'],
    ['longer than 255 characters', 'a'.repeat(256)],
  ])('with an idempotency key %s is refused', async (_what, key) => {
    const answer = await client().call('POST', '/api/v1/tokens', {
      body: { name: unusedName() },
      headers: { 'idempotency-key': key },
    });
    expect(answer.status).toBe(400);
    expect(problem(answer).code).toBe('invalid_request');
  });

  test.each([
    ['limit=0'],
    ['limit=101'],
    ['limit=many'],
    ['status=gone'],
    ['sort=secret'],
    ['cursor=%00garbage'],
    ['unknown=1'],
  ])('for a list with %s is refused as invalid_request', async (query) => {
    const answer = await client().call('GET', `/api/v1/tokens?${query}`);
    expect([answer.status, problem(answer).code], answer.text).toEqual([400, 'invalid_request']);
  });

  test.each([
    ['PUT', '/api/v1/tokens', ['GET', 'POST']],
    ['DELETE', '/api/v1/me', ['GET']],
    ['POST', '/api/v1/portal', ['GET']],
  ])('%s %s is refused with what is allowed', async (method, path, allowed) => {
    const answer = await client().call(method, path);
    expect([answer.status, problem(answer).code]).toEqual([405, 'method_not_allowed']);
    const allow = (answer.headers.get('allow') ?? '').split(/,\s*/);
    for (const each of allowed) expect(allow).toContain(each);
    expect(allow).not.toContain(method);
  });

  test.each(['/api/v1/nothing', '/api/v1/tokens/a/b', '/api/v2/tokens', '/api/'])(
    'for %s finds nothing, as a problem and not as a page',
    async (path) => {
      const answer = await client().call('GET', path);
      expect([answer.status, problem(answer).code]).toEqual([404, 'not_found']);
    },
  );
});

describe.each(each)("another's token asked for by $by", ({ client }) => {
  test.each(['GET', 'DELETE'])('cannot be told from an absent one: %s', async (method) => {
    const { token } = await other.createToken({ name: unusedName() });
    const absent = mutated(token.id);
    const answers = await Promise.all(
      [token.id, absent].map((id) => client().call(method, `/api/v1/tokens/${id}`)),
    );
    const [theirs, nobodys] = answers.map((answer) => comparable(answer));
    expect(answers[0]?.status).toBe(404);
    expect(theirs).toEqual(nobodys);
    const still = await other.call('GET', `/api/v1/tokens/${token.id}`);
    expect((still.body as { token: Token }).token.status).toBe('active');
  });

  test.each(['GET', 'DELETE'])('and an id that is none is not there either: %s', async (method) => {
    for (const id of ['x', '..%2f..%2fme', '%00', '%', '%zz', '0'.repeat(500), "1' OR '1'='1"]) {
      const answer = await client().call(method, `/api/v1/tokens/${id}`);
      expect([answer.status, problem(answer).code], id).toEqual([404, 'not_found']);
    }
  });

  test('is not in the list, whatever is searched for', async () => {
    const { token } = await other.createToken({ name: `hidden ${unusedName()}` });
    const found = await client().call('GET', '/api/v1/tokens?q=hidden&limit=100');
    expect(found.text).not.toContain(token.id);
    expect((found.body as { total: number }).total).toBe(0);
  });
});

describe('a request from another site', () => {
  test.each([
    ['another origin', { origin: 'https://evil.example' }],
    ['a null origin', { origin: 'null' }],
    ['the origin with another port', { origin: 'http://localhost:1' }],
    ['no origin', { origin: '' }],
  ])('with the session cookie and %s changes nothing', async (_what, headers) => {
    const before = await total(session);
    const answer = await rawPost(headers.origin);
    expect([answer.status, problem(answer).code]).toEqual([403, 'cross_site_request']);
    expect(await total(session)).toBe(before);
  });

  test('may not read with credentials: no CORS header names it', async () => {
    const answer = await session.call('GET', '/api/v1/me', { headers: { origin: 'https://evil.example' } });
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
  });
});

describe('a request without valid credentials', () => {
  const secretLike = 'cldkctl_ABCDEFGHIJKLMNOPQRSTUVWXYZ3zTzEP';

  test.each([
    ['nothing', {}, 'unauthenticated'],
    ['a cookie made up', { cookie: 'better-auth.session_token=made.up' }, 'unauthenticated'],
    ['a well-formed secret never issued', bearer(secretLike), 'invalid_token'],
    ['a secret with a typo', bearer(secretLike.replace('A', 'B')), 'invalid_token'],
    ['an empty bearer', { authorization: 'Bearer ' }, 'invalid_token'],
    ['a very long bearer', bearer('x'.repeat(7000)), 'invalid_token'],
    ['another scheme', { authorization: 'Basic YTpi' }, 'invalid_token'],
  ])('with %s is refused', async (_what, headers, code) => {
    const answer = await clientOf(server, headers).call('GET', '/api/v1/me');
    expect([answer.status, problem(answer).code]).toEqual([401, code]);
  });

  test('with a wrong token and a good session is refused: the token speaks', async () => {
    const both = { ...session.credentials, ...bearer(secretLike) };
    const answer = await clientOf(server, both).call('GET', '/api/v1/me');
    expect(answer.status).toBe(401);
  });
});

async function total(client: Client): Promise<number> {
  const list = await client.call('GET', '/api/v1/tokens?limit=1');
  expect(list.status, list.text).toBe(200);
  return (list.body as { total: number }).total;
}

/** An id of the same shape that nobody has. */
function mutated(id: string): string {
  const digest = createHash('sha256').update(id).digest('hex');
  let at = 0;
  return id.replace(/[0-9a-f](?=[^-]{3})/g, () => digest[at++ % 64] ?? '0');
}

/** All of an answer that may not differ: everything but when it was and which request it answers. */
function comparable(answer: Answer): unknown {
  const { request_id, ...body } = answer.body as Problem;
  const headers = [...answer.headers].filter(([name]) => !['date', 'x-request-id'].includes(name));
  return { status: answer.status, headers, text: answer.text.replace(request_id, 'ID'), body };
}

/** fetch insists on an origin of its own in places: a request with exactly the given one, or none. */
function rawPost(origin: string): Promise<Answer> {
  const url = new URL('/api/v1/tokens', server.localUrl);
  const headers = { ...session.credentials, 'content-type': 'application/json', ...(origin && { origin }) };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => {
        const received = Object.entries(response.headers).flatMap(([name, value]) =>
          typeof value === 'string' ? [[name, value] as [string, string]] : [],
        );
        resolve({
          status: response.statusCode ?? 0,
          headers: new Headers(received),
          text,
          body: JSON.parse(text),
        });
      });
    });
    sent.once('error', reject);
    sent.end(JSON.stringify({ name: 'from another site' }));
  });
}

function dayIn(timeZone: string, days: number): string {
  const day = new Date(Date.now() + days * 86_400_000);
  return new Intl.DateTimeFormat('en-CA', { timeZone }).format(day);
}

function nextLeapYear(): number {
  let candidate = year + 1;
  while (candidate % 4 !== 0) candidate += 1;
  return candidate;
}
