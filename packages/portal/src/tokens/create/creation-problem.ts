/**
 * A refused creation in the terms of the form: its field errors carry the names of the form's fields. Pure. What is wrong with
 * a field before it is sent is field-faults.ts.
 */
import type { TFunction } from 'i18next';
import { type FieldError, Problem } from '../../api/problem.ts';

/** The members of the request that the field Expired date stands for. */
const dateMembers = ['expires_on', 'expires_at', 'time_zone'];

/** With `maybeCreatedBefore` an earlier try of the same may have made the token, whatever this answer says. */
export function creationProblem(
  t: TFunction<'tokens'>,
  problem: Problem,
  maybeCreatedBefore: boolean,
): Problem {
  const { code, status, detail, requestId } = problem;
  const saved = maybeCreatedBefore ? 'unknown' : problem.saved;
  return new Problem({ code, status, saved, detail, requestId, fieldErrors: fieldErrors() });

  function fieldErrors(): FieldError[] {
    if (code === 'name_taken') {
      const message = t(maybeCreatedBefore ? 'create.fault.name_taken_by_lost' : 'create.fault.name_taken');
      return [{ field: 'name', code, message }];
    }
    return problem.fieldErrors.map((error) =>
      dateMembers.includes(error.field) ? { ...error, field: 'date' } : error,
    );
  }
}
