import { describe, expect, test } from 'vitest';
import type { Token } from '../api-client.ts';
import { onBothStores, problem, total, unusedName } from './scene.ts';

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
  name('a name with half of a surrogate pair', 'one\ud83c'),
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

onBothStores((scene, given) => {
  describe.each(given)('a token asked for by $by', ({ client }) => {
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
      const unique = client() === scene.session ? given : given.replace(/.$/u, 'ü');
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
});

function dayIn(timeZone: string, days: number): string {
  const day = new Date(Date.now() + days * 86_400_000);
  return new Intl.DateTimeFormat('en-CA', { timeZone }).format(day);
}

function nextLeapYear(): number {
  let candidate = year + 1;
  while (candidate % 4 !== 0) candidate += 1;
  return candidate;
}
