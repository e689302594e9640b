import { expect, test } from 'vitest';
import { problemOfAccountAnswer } from './auth-client.ts';

test('a refusal keeps the fields it is about', () => {
  const errors = [{ field: 'email', code: 'INVALID_EMAIL', message: 'Enter a whole address.' }];
  const problem = problemOfAccountAnswer(422, { code: 'INVALID_FIELDS', message: 'Check the form.', errors });
  expect(problem).toMatchObject({
    code: 'INVALID_FIELDS',
    status: 422,
    saved: 'no',
    detail: 'Check the form.',
  });
  expect(problem.errorOf('email')?.message).toBe('Enter a whole address.');
});

test('a refusal wrote nothing; after a failure nobody knows', () => {
  expect(problemOfAccountAnswer(403, { code: 'X' }).saved).toBe('no');
  expect(problemOfAccountAnswer(500, { code: 'INTERNAL' }).saved).toBe('unknown');
  expect(problemOfAccountAnswer(503, { code: 'BUSY' }).saved).toBe('no');
  expect(problemOfAccountAnswer(502, undefined, 'r1')).toMatchObject({
    code: 'unexpected_answer',
    saved: 'unknown',
    requestId: 'r1',
  });
});

test('an ended session has one name, whichever route says so', () => {
  expect(problemOfAccountAnswer(401, { code: 'UNAUTHORIZED', message: 'x' }).code).toBe('unauthenticated');
});

test.each([null, 'text', 7, [], { code: 5 }, { code: 'X', errors: [null, { field: 1 }] }])(
  'nothing that a server sends breaks the page: %j',
  (body) => {
    expect(problemOfAccountAnswer(400, body).fieldErrors).toEqual([]);
  },
);
