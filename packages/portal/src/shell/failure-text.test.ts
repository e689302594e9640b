import i18next from 'i18next';
import { beforeAll, expect, test } from 'vitest';
import { Problem, problemOfAnswer } from '../api/problem.ts';
import { startCatalogue } from '../messages/catalogue.ts';
import { failureText } from './failure-text.ts';

beforeAll(() => startCatalogue(['en']));

function told(problem: Problem, online = true): string {
  const { what, next } = failureText(i18next.getFixedT(null, 'failures'), problem, online);
  return `${what} ${next}`.trim();
}

const unanswered = new Problem({ code: 'network', status: 0, saved: 'unknown' });

test('a call that never got out says so, and tells being offline from a server that is away', () => {
  expect(told(unanswered, false)).toBe('You are offline. Connect to the network, then try again.');
  expect(told(unanswered)).toBe('The server cannot be reached. Try again in a moment.');
  expect(told(new Problem({ code: 'timeout', status: 0, saved: 'unknown' }))).toContain('in time');
});

test('a gateway whose server is away is told like a server that is away', () => {
  for (const status of [502, 503, 504]) {
    expect(told(problemOfAnswer(status, '<html>Bad Gateway</html>'))).toBe(
      'The server cannot be reached. Try again in a moment.',
    );
  }
  expect(told(problemOfAnswer(429, 'slow down'))).toContain('Too many attempts.');
  expect(told(problemOfAnswer(200, 'a captive portal'))).toContain('in its place');
});

test('a refusal is told in the server’s own sentence, a failure of its insides is not', () => {
  const refused = problemOfAnswer(429, {
    code: 'too_many_requests',
    detail: 'Too many attempts. Try again in 3 minutes.',
  });
  expect(told(refused)).toBe('Too many attempts. Try again in 3 minutes.');
  const failed = problemOfAnswer(500, { code: 'internal', detail: 'Something failed.' });
  expect(told(failed)).toBe(
    'The server failed. Try again. If it happens again, tell the operator of this portal.',
  );
});

test.each([401, 403, 429, 500, 503])('an answer %i without a sentence still says what to do', (status) => {
  expect(told(problemOfAnswer(status, { code: 'some_code' }))).toMatch(/^[A-Z].*\. .*\.$/);
});
