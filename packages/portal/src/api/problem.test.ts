/** Every failure of a call becomes one kind of value that says whether anything may have been saved. */
import { expect, test } from 'vitest';
import { Problem, problemOfAnswer, problemOfFailure } from './problem.ts';

test('keeps what the server says: code, sentence, fields, request id', () => {
  const problem = problemOfAnswer(409, {
    type: 'about:blank',
    title: 'Conflict',
    status: 409,
    code: 'name_taken',
    detail: 'You already have a token of this name.',
    request_id: 'req-1',
    errors: [{ field: 'name', code: 'name_taken', message: 'You already have a token of this name.' }],
  });
  expect(problem).toMatchObject({
    code: 'name_taken',
    detail: 'You already have a token of this name.',
    requestId: 'req-1',
    saved: 'no',
  });
  expect(problem.errorOf('name')?.code).toBe('name_taken');
  expect(problem.errorOf('expires_on')).toBeUndefined();
});

test('a refusal saved nothing; after a server error it is not known', () => {
  expect(problemOfAnswer(422, { code: 'invalid_name' }).saved).toBe('no');
  expect(problemOfAnswer(500, { code: 'internal' }).saved).toBe('unknown');
  expect(problemOfAnswer(503, { code: 'unavailable' }).saved).toBe('unknown');
});

test('an answer that is no problem document (a gateway, a login page) is unexpected', () => {
  expect(problemOfAnswer(502, '<html>Bad gateway</html>')).toMatchObject({
    code: 'unexpected_answer',
    saved: 'unknown',
  });
  expect(problemOfAnswer(413, '')).toMatchObject({ code: 'unexpected_answer', saved: 'no' });
  expect(problemOfAnswer(500, { code: 7, errors: 'x' })).toMatchObject({ code: 'unexpected_answer' });
  expect(problemOfAnswer(422, { code: 'x', errors: [null, {}, 'y'] }).fieldErrors).toEqual([]);
});

test('no answer, a late answer and a broken answer leave it unknown whether anything was saved', () => {
  expect(problemOfFailure(new TypeError('Failed to fetch'))).toMatchObject({
    code: 'network',
    saved: 'unknown',
  });
  expect(problemOfFailure(new DOMException('late', 'TimeoutError'))).toMatchObject({
    code: 'timeout',
    saved: 'unknown',
  });
  expect(problemOfFailure(new SyntaxError('Unexpected token <'))).toMatchObject({
    code: 'unexpected_answer',
    saved: 'unknown',
  });
});

test('a problem stays the problem that it is', () => {
  const problem = new Problem({ code: 'not_found', status: 404, saved: 'no' });
  expect(problemOfFailure(problem)).toBe(problem);
});
