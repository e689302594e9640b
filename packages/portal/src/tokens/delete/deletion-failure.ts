/** Says in words why a deletion failed, whether the token was deleted, and what to do. Pure: whether the browser is offline is passed in. */
import type { TFunction } from 'i18next';
import type { Problem } from '../../api/problem.ts';
import { type FailureText, failureText } from '../../shell/failure-text.ts';
import type { Deletion } from './token-deletions.ts';

export interface DeletionFailureText {
  what: string;
  rest: string;
}

export interface DeletionTexts {
  tokens: TFunction<'tokens'>;
  failures: TFunction<'failures'>;
}

export function deletionFailureText(
  texts: DeletionTexts,
  problem: Problem,
  deleted: Deletion['deleted'],
  online: boolean,
): DeletionFailureText {
  const t = texts.tokens;
  const { what, next } = causeText(texts, problem, online);
  const known = t(`delete.known.${deleted}`);
  if (deleted === 'no') return { what, rest: `${known} ${next}`.trim() };
  const again = t(online ? 'delete.again' : 'delete.again_online');
  const operator = problem.code === 'internal' ? t('delete.tell_operator') : '';
  return { what, rest: `${known} ${again} ${operator}`.trim() };
}

/** The server's sentences for these two speak of changes in general; here it is known which one it is. */
function causeText({ tokens, failures }: DeletionTexts, problem: Problem, online: boolean): FailureText {
  if (problem.code === 'not_yet_final') return { what: tokens('delete.not_yet_final'), next: '' };
  if (problem.code === 'unavailable')
    return { what: failures('what.unavailable'), next: failures('next.retry') };
  return failureText(failures, problem, online);
}
