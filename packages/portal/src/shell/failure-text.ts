/** Says in words what a failed call ended in and what to do about it. Pure: whether the browser is offline is passed in. */
import type { TFunction } from 'i18next';
import type { Problem } from '../api/problem.ts';

export interface FailureText {
  what: string;
  /** Empty where `what` says it already. */
  next: string;
}

type Texts = TFunction<'failures'>;

export function failureText(t: Texts, problem: Problem, online: boolean): FailureText {
  switch (problem.code) {
    case 'network':
      return online
        ? { what: t('what.network'), next: t('next.retry') }
        : { what: t('what.offline'), next: t('next.offline') };
    case 'timeout':
      return { what: t('what.timeout'), next: t('next.retry') };
    case 'unexpected_answer':
      return unexpectedAnswer(t, problem.status);
    case 'internal':
    case 'INTERNAL':
      return { what: t('what.internal'), next: t('next.operator') };
    default:
      return described(t, problem);
  }
}

/** The server's own sentence says both what happened and what to do. */
function described(t: Texts, problem: Problem): FailureText {
  if (problem.detail !== '') return { what: problem.detail, next: '' };
  if (problem.status === 401) return { what: t('what.unauthenticated'), next: t('next.sign_in') };
  if (problem.status === 429) return { what: t('what.too_many_requests'), next: t('next.retry') };
  if (problem.status === 503) return { what: t('what.unavailable'), next: t('next.retry') };
  if (problem.status >= 500) return { what: t('what.internal'), next: t('next.operator') };
  return { what: t('what.refused'), next: t('next.reload') };
}

/** A gateway in front of the server answers for it when it is down (502, 504) or overrun. */
function unexpectedAnswer(t: Texts, status: number): FailureText {
  if (status === 502 || status === 503 || status === 504) {
    return { what: t('what.network'), next: t('next.retry') };
  }
  if (status === 429) return { what: t('what.too_many_requests'), next: t('next.retry') };
  return { what: t('what.unexpected_answer'), next: t('next.operator') };
}
