/**
 * The page Create Token: two fields and Confirm, then the secret's dialog. A double click or a retry makes one token. The
 * secret lives in shown-secret.ts alone, until the dialog closes.
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
import { shownSecret } from '../../shell/shown-secret.ts';
import { CreateTokenForm } from './create-token-form.tsx';
import { creationProblem } from './creation-problem.ts';
import { type IdempotentRequest, requestFor } from './idempotent-request.ts';
import { SecretDialog } from './secret-dialog.tsx';

export function CreateTokenPage() {
  const { t } = useTranslation('tokens');
  const navigate = useNavigate();
  const creation = useCreation();

  function leave() {
    shownSecret.forget();
    void navigate(tokenListPath, { replace: true });
  }

  return (
    <>
      <PageHeading>{t('create.title')}</PageHeading>
      <CreateTokenForm create={creation.create} />
      {creation.created !== null && <SecretDialog token={creation.created} onClose={leave} />}
    </>
  );
}

function useCreation() {
  const { t } = useTranslation('tokens');
  const [created, setCreated] = useState<Token | null>(null);
  const unanswered = useRef<IdempotentRequest<TokenDraft> | null>(null);
  const maybeCreated = useRef(false);

  const shown = useRef(true);
  useEffect(() => {
    shown.current = true;
    return () => {
      shown.current = false;
      shownSecret.pageGone();
    };
  }, []);

  async function create(draft: TokenDraft): Promise<void> {
    if (shownSecret.isShown()) return;
    const request = requestFor(draft, unanswered.current);
    if (request !== unanswered.current) maybeCreated.current = false;
    unanswered.current = request;
    try {
      const answer = await createToken(request.content, request.idempotencyKey);
      if (shown.current) shownSecret.show({ tokenName: answer.token.name, secret: answer.secret });
      unanswered.current = null;
      announce('done', t('create.created'));
      setCreated(answer.token);
    } catch (error) {
      const problem = problemOfFailure(error);
      const maybeCreatedBefore = maybeCreated.current;
      if (problem.saved === 'unknown') maybeCreated.current = true;
      if (problem.code === 'idempotency_conflict') unanswered.current = null;
      throw creationProblem(t, problem, maybeCreatedBefore);
    }
  }

  return { created, create };
}
