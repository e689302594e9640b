/** The catalogue's words for what is wrong with a field and for what the server refused. */
import { useTranslation } from 'react-i18next';
import type { FieldComplaint } from '../account/profile-fields.ts';
import { Problem } from '../api/problem.ts';
import type { account } from '../messages/en/account.ts';

/** Says a complaint about a field in the catalogue's words; null stays null. */
export function useComplaintTexts(): (complaint: FieldComplaint | null) => string | null {
  const { t } = useTranslation('account');
  return (complaint) => (complaint === null ? null : t(complaint));
}

/** Says a refusal in the catalogue's words where it has any for its code, else in the server's. */
export function useRefusalTexts(): (problem: Problem) => Problem {
  const { t } = useTranslation('account');
  const said = (code: string, otherwise: string): string =>
    t(`refused.${code as keyof typeof account.refused}`, { defaultValue: otherwise });
  return (problem) =>
    new Problem({
      code: problem.code,
      status: problem.status,
      saved: problem.saved,
      requestId: problem.requestId,
      detail: said(problem.code, problem.detail),
      fieldErrors: problem.fieldErrors.map((error) => ({
        ...error,
        message: said(error.code, error.message),
      })),
    });
}
