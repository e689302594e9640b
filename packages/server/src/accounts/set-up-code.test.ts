/** The set-up code belongs to one database and its keys. */
import { expect, it } from 'vitest';
import { isSetUpCode, setUpCodeOf, setUpUrlOf } from './set-up-code.ts';

const KEY = Buffer.alloc(32, 7);
const CODE = setUpCodeOf(KEY, 'history');

it('is the same for one history and key, and another one for every other', () => {
  expect(CODE).toMatch(/^(?:[2-9A-HJKMNP-TV-Z]{4}-){3}[2-9A-HJKMNP-TV-Z]{4}$/);
  expect(setUpCodeOf(KEY, 'history')).toBe(CODE);
  expect(setUpCodeOf(KEY, 'another history')).not.toBe(CODE);
  expect(setUpCodeOf(Buffer.alloc(32, 8), 'history')).not.toBe(CODE);
});

it('stands in the fragment of its link, and nowhere else of it', () => {
  const url = new URL(setUpUrlOf('https://portal.example.com', CODE));
  expect(url.hash).toBe(`#code=${CODE}`);
  expect(`${url.pathname}${url.search}`).toBe('/sign-up');
});

it.each([CODE, CODE.toLowerCase(), CODE.replaceAll('-', ''), ` ${CODE.replaceAll('-', ' ')}\n`])(
  'is known however it is typed: %j',
  (typed) => expect(isSetUpCode(typed, CODE)).toBe(true),
);

it.each(['', '-', CODE.slice(0, -1), `${CODE}2`, `2${CODE}`, `${CODE}${'-'.repeat(200)}${CODE}`])(
  'is nothing else: %j',
  (typed) => expect(isSetUpCode(typed, CODE)).toBe(false),
);
