/** Refusals land at the form's fields, and what may have been made stays unknown. */
import i18next from 'i18next';
import { beforeAll, expect, test } from 'vitest';
import { problemOfAnswer, problemOfFailure } from '../../api/problem.ts';
import { startCatalogue } from '../../messages/catalogue.ts';
import { creationProblem } from './creation-problem.ts';

beforeAll(() => startCatalogue(['en']));
const texts = () => i18next.getFixedT('en', 'tokens');

test.each(['expires_on', 'expires_at', 'time_zone'])('an error of %s stands at Expired date', (member) => {
  const answer = {
    code: 'validation_failed',
    errors: [{ field: member, code: 'past', message: 'It is past.' }],
  };
  const problem = creationProblem(texts(), problemOfAnswer(422, answer), false);
  expect(problem.errorOf('date')?.message).toBe('It is past.');
  expect(problem.saved).toBe('no');
});

test('a name that is taken stands at Token Name', () => {
  const taken = problemOfAnswer(409, { code: 'name_taken' });
  expect(creationProblem(texts(), taken, false).errorOf('name')?.message).toMatch(/already have a token/);
});

test('a name that an unanswered try may have taken is said to be of that try', () => {
  const taken = problemOfAnswer(409, { code: 'name_taken' });
  const problem = creationProblem(texts(), taken, true);
  expect(problem.errorOf('name')?.message).toMatch(/earlier attempt did create this token/);
});

test('after an unanswered try nothing is said to be certainly not created', () => {
  const refused = problemOfAnswer(403, { code: 'forbidden' });
  expect(creationProblem(texts(), refused, true).saved).toBe('unknown');
  expect(creationProblem(texts(), problemOfFailure(new TypeError()), false).saved).toBe('unknown');
});
