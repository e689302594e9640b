/** Set a new password, reached by the link in a mail, whose `token` works once. */
import { Anchor, Button, Checkbox, Skeleton, Stack, Text } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { problemOfFailure } from '../api/problem.ts';
import { accountChanged } from '../api/queries.ts';
import { useRefusalTexts } from '../form/form-texts.ts';
import { FailureNotice } from '../shell/failure-notice.tsx';
import { PageHeading } from '../shell/page-heading.tsx';
import './account.css';
import { SubmitButton } from '../form/submit-button.tsx';
import { useSubmission } from '../form/use-submission.ts';
import { readResetLink, resetPassword } from './auth-client.ts';
import { useLinkSecret } from './link-secret.ts';
import { PasswordChecklist } from './password-checklist.tsx';
import { PasswordField } from './password-field.tsx';
import { unmetRules } from './password-rules.ts';

export function ResetPasswordPage() {
  const { t } = useTranslation('account');
  const [done, setDone] = useState(false);
  const token = useLinkSecret('token');
  if (done) {
    return (
      <Stack gap="md" align="flex-start">
        <PageHeading announced>{t('reset.done_title')}</PageHeading>
        <Text>{t('reset.done')}</Text>
        <Button component={Link} to="/sign-in">
          {t('reset.sign_in')}
        </Button>
      </Stack>
    );
  }
  if (token === '') {
    return (
      <Stack gap="md" align="flex-start">
        <PageHeading>{t('reset.no_token_title')}</PageHeading>
        <Text>{t('reset.no_token')}</Text>
        <AskAgain />
      </Stack>
    );
  }
  return (
    <Stack gap="sm">
      <PageHeading>{t('reset.title')}</PageHeading>
      <LinkInUse token={token} onDone={() => setDone(true)} />
    </Stack>
  );
}

function AskAgain() {
  const { t } = useTranslation('account');
  return (
    <Anchor component={Link} to="/forgot-password" size="sm">
      {t('reset.ask_again')}
    </Anchor>
  );
}

/** Reads first what the link is for: a dead one is told before a password is thought up. */
function LinkInUse({ token, onDone }: { token: string; onDone: () => void }) {
  const { t } = useTranslation('account');
  const inPlainWords = useRefusalTexts();
  const link = useQuery({
    queryKey: ['reset-link', token],
    queryFn: ({ signal }) => readResetLink(token, signal),
    gcTime: 0,
    retry: false,
  });
  if (link.data === undefined) {
    if (!link.isError) return <Skeleton height={120} />;
    const problem = inPlainWords(problemOfFailure(link.error));
    const dead = problem.code === 'INVALID_TOKEN';
    return (
      <Stack gap="xs" align="flex-start">
        {dead ? (
          <FailureNotice problem={problem} saving="read" />
        ) : (
          <FailureNotice problem={problem} saving="read" onRetry={() => void link.refetch()} />
        )}
        {dead && <AskAgain />}
      </Stack>
    );
  }
  return (
    <>
      <Text>{t('reset.intro')}</Text>
      <ResetPasswordForm token={token} passkeys={link.data.passkeys} onDone={onDone} />
    </>
  );
}

interface ResetPasswordFormProps {
  token: string;
  /** How many the account has. */
  passkeys: number;
  onDone: () => void;
}

function ResetPasswordForm({ token, passkeys, onDone }: ResetPasswordFormProps) {
  const { t } = useTranslation('account');
  const [removesPasskeys, setRemovesPasskeys] = useState(false);
  const form = useForm({
    initialValues: { newPassword: '' },
    validate: {
      newPassword: (password) => {
        if (password === '') return t('invalid.new_password_required');
        return unmetRules(password).length > 0 ? t('invalid.password_rules') : null;
      },
    },
  });
  const { busy, problem, onSubmit } = useSubmission(form, async ({ newPassword }) => {
    await resetPassword(token, newPassword, removesPasskeys);
    onDone();
    // A session of this browser has ended with the others.
    await accountChanged();
  });
  return (
    <form noValidate onSubmit={onSubmit} className="fields">
      <PasswordField
        {...form.getInputProps('newPassword')}
        label={t('new_password')}
        autoComplete="new-password"
      />
      <PasswordChecklist password={form.values.newPassword} />
      {passkeys > 0 && (
        <Checkbox
          mb="md"
          checked={removesPasskeys}
          onChange={(event) => setRemovesPasskeys(event.currentTarget.checked)}
          label={t('reset.remove_passkeys', { count: passkeys })}
          description={t('reset.remove_passkeys_hint')}
        />
      )}
      <SubmitButton fullWidth busy={busy} label={t('reset.submit')} busyLabel={t('reset.submitting')} />
      {problem !== null && (
        <Stack className="form-notice" gap="xs" align="flex-start">
          <FailureNotice
            problem={problem}
            saving={{ no: t('reset.failed_no'), unknown: t('reset.failed_unknown') }}
          />
          {problem.code === 'INVALID_TOKEN' && <AskAgain />}
        </Stack>
      )}
    </form>
  );
}
