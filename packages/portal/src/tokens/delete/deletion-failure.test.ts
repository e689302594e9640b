/** Every failure of a deletion says what happened, whether the token was deleted, and what to do. */
import i18next from 'i18next';
import { beforeAll, expect, test } from 'vitest';
import { Problem, problemOfAnswer } from '../../api/problem.ts';
import { startCatalogue } from '../../messages/catalogue.ts';
import { deletionFailureText } from './deletion-failure.ts';
import type { Deletion } from './token-deletions.ts';

beforeAll(() => startCatalogue(['en']));

function told(problem: Problem, deleted: Deletion['deleted'], online = true): string {
  const { what, rest } = deletionFailureText(
    { tokens: i18next.getFixedT(null, 'tokens'), failures: i18next.getFixedT(null, 'failures') },
    problem,
    deleted,
    online,
  );
  return `${what} ${rest}`;
}

const unanswered = new Problem({ code: 'network', status: 0, saved: 'unknown' });
const again = 'Delete it again: that is safe, and waits until every service refuses it.';

test('a commit that is not confirmed is told as a deletion that is not finished', () => {
  expect(told(problemOfAnswer(503, { code: 'not_yet_final', detail: 'x' }), 'yes')).toBe(
    `It could not be confirmed that every service refuses the token. The token is deleted for good, but a service may still accept it. ${again}`,
  );
});

test('a server that changed nothing is told as that, whatever its own sentence for other calls', () => {
  const detail = 'The database cannot be reached. Look whether the change was made.';
  expect(told(problemOfAnswer(503, { code: 'unavailable', detail }), 'no')).toBe(
    'The server cannot do this right now. The token was not deleted. Try again in a moment.',
  );
});

test('without an answer nobody knows, and deleting again is what to do', () => {
  expect(told(unanswered, 'maybe')).toBe(
    `The server cannot be reached. It is not known whether the token was deleted. ${again}`,
  );
  expect(told(unanswered, 'maybe', false)).toContain('Connect to the network, then delete it again');
  expect(told(problemOfAnswer(500, { code: 'internal' }), 'maybe')).toContain('tell the operator');
});

test('what an attempt before it did is not forgotten by one that did nothing', () => {
  expect(told(problemOfAnswer(503, { code: 'unavailable' }), 'yes')).toContain(
    'The token is deleted for good',
  );
});

test('a refusal is told in the server’s own sentence', () => {
  expect(told(problemOfAnswer(403, { code: 'forbidden', detail: 'This token may not.' }), 'no')).toBe(
    'This token may not. The token was not deleted.',
  );
});
