/**
 * Sends a form once: checks it, calls the server, and puts what is wrong where it belongs. A complaint about a field goes
 * beside that field, which takes the focus; everything else is a `Problem` for the form's notice. A second click while the
 * first is under way does nothing.
 */
import type { UseFormReturnType } from '@mantine/form';
import { type FormEvent, useRef, useState } from 'react';
import { type Problem, problemOfFailure } from '../api/problem.ts';
import { accountChanged } from '../api/queries.ts';
import { useRefusalTexts } from './form-texts.ts';

export interface FormSubmission {
  busy: boolean;
  /** What the last attempt ended in, unless fields say it all. */
  problem: Problem | null;
  /** Forgets what the last attempt ended in, when something else is tried instead. */
  dismiss: () => void;
  onSubmit: (event: FormEvent<HTMLFormElement>) => void;
}

export function useSubmission<Values extends Record<string, string>>(
  form: UseFormReturnType<Values>,
  send: (values: Values) => Promise<void>,
): FormSubmission {
  const inPlainWords = useRefusalTexts();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const underWay = useRef(false);

  async function submit(values: Values): Promise<void> {
    if (underWay.current) return;
    underWay.current = true;
    setBusy(true);
    setProblem(null);
    try {
      await send(values);
    } catch (failure) {
      const refusal = inPlainWords(problemOfFailure(failure));
      const fields = refusal.fieldErrors.filter(({ field }) => field in values);
      if (fields.length === 0) setProblem(refusal);
      if (refusal.code === 'unauthenticated') void accountChanged();
      form.setErrors(Object.fromEntries(fields.map(({ field, message }) => [field, message])));
      focusFirst(
        form,
        fields.map(({ field }) => field),
      );
    } finally {
      underWay.current = false;
      setBusy(false);
    }
  }

  const check = form.onSubmit(
    (values) => void submit(values),
    (errors) => focusFirst(form, Object.keys(errors)),
  );
  return { busy, problem, dismiss: () => setProblem(null), onSubmit: (event) => check(event) };
}

/** The first of the invalid fields in the order of the page. */
function focusFirst<Values extends Record<string, string>>(
  form: UseFormReturnType<Values>,
  fields: readonly string[],
): void {
  const [first] = fields
    .flatMap((field) => form.getInputNode(field) ?? [])
    .sort((a, b) => (a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1));
  first?.focus();
}
