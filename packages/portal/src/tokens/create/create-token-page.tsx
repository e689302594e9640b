/**
 * The page Create Token: two fields and Confirm, then the secret's dialog. A double click or a retry makes one token. The
 * secret lives in this page's memory alone, until the dialog closes: in no state, cache, address or storage.
 */
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import type { Token, TokenDraft } from '../../api/client.ts';
import { problemOfFailure } from '../../api/problem.ts';
import { createToken } from '../../api/queries.ts';
import { announce } from '../../shell/announce.tsx';
import { PageHeading } from '../../shell/page-heading.tsx';
import { tokenListPath } from '../../shell/paths.ts';
import { CreateTokenForm } from './create-token-form.tsx';
import type { Failure } from './form-faults.ts';
import { SecretDialog } from './secret-dialog.tsx';
import { type Submission, submissionFor } from './submission.ts';

export function CreateTokenPage() {
  const { t } = useTranslation('tokens');
  const navigate = useNavigate();
  const creation = useCreation();

  function leave() {
    creation.forgetSecret();
    void navigate(tokenListPath, { replace: true });
  }

  return (
    <>
      <PageHeading>{t('create.title')}</PageHeading>
      <CreateTokenForm
        pending={creation.pending}
        failure={creation.failure}
        onConfirm={(draft) => void creation.submit(draft)}
      />
      {creation.created !== null && (
        <SecretDialog token={creation.created} secret={creation.secret} onClose={leave} />
      )}
    </>
  );
}

function useCreation() {
  const { t } = useTranslation('tokens');
  const [pending, setPending] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [created, setCreated] = useState<Token | null>(null);
  const secret = useRef<string | null>(null);
  const unanswered = useRef<Submission<TokenDraft> | null>(null);
  const maybeCreated = useRef(false);
  const inFlight = useRef(false);

  function forgetSecret() {
    secret.current = null;
  }
  useEffect(() => forgetSecret, []);

  async function submit(draft: TokenDraft) {
    if (inFlight.current || secret.current !== null) return;
    inFlight.current = true;
    setPending(true);
    setFailure(null);
    const submission = submissionFor(draft, unanswered.current);
    if (submission !== unanswered.current) maybeCreated.current = false;
    unanswered.current = submission;
    try {
      const answer = await createToken(submission.content, submission.idempotencyKey);
      secret.current = answer.secret;
      unanswered.current = null;
      announce('done', t('create.created'));
      setCreated(answer.token);
    } catch (error) {
      const problem = problemOfFailure(error);
      setFailure({ problem, maybeCreatedBefore: maybeCreated.current });
      if (problem.saved === 'unknown') maybeCreated.current = true;
      if (problem.code === 'idempotency_conflict') unanswered.current = null;
    } finally {
      inFlight.current = false;
      setPending(false);
    }
  }

  return { pending, failure, created, secret, submit, forgetSecret };
}
