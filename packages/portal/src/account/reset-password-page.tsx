/** Set a new password, reached by the link in a mail, whose `token` works once. */
import { Anchor, Button, Stack, Text } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { accountChanged } from '../api/queries.ts';
import { FailureNotice } from '../shell/failure-notice.tsx';
import { PageHeading } from '../shell/page-heading.tsx';
import './account.css';
import { SubmitButton } from '../form/submit-button.tsx';
import { useSubmission } from '../form/use-submission.ts';
import { resetPassword } from './auth-client.ts';
import { PasswordChecklist } from './password-checklist.tsx';
import { PasswordField } from './password-field.tsx';
import { unmetRules } from './password-rules.ts';

export function ResetPasswordPage() {
  const { t } = useTranslation('account');
  const [query] = useSearchParams();
  const [done, setDone] = useState(false);
  const token = query.get('token') ?? '';
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
      <Text>{t('reset.intro')}</Text>
      <ResetPasswordForm token={token} onDone={() => setDone(true)} />
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

const deadLinkCodes = ['INVALID_TOKEN', 'TOKEN_EXPIRED'];

function ResetPasswordForm({ token, onDone }: { token: string; onDone: () => void }) {
  const { t } = useTranslation('account');
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
    await resetPassword(token, newPassword);
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
      <SubmitButton fullWidth busy={busy} label={t('reset.submit')} busyLabel={t('reset.submitting')} />
      {problem !== null && (
        <Stack className="form-notice" gap="xs" align="flex-start">
          <FailureNotice
            problem={problem}
            saving={{ no: t('reset.failed_no'), unknown: t('reset.failed_unknown') }}
          />
          {deadLinkCodes.includes(problem.code) && <AskAgain />}
        </Stack>
      )}
    </form>
  );
}
