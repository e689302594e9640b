/** Forgot password: asks for a mail with a link, or says whom to ask where the portal sends no mail. Never tells whether an address has an account. */
import { Anchor, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { usePortal } from '../api/queries.ts';
import { FailureNotice } from '../shell/failure-notice.tsx';
import { PageHeading } from '../shell/page-heading.tsx';
import './account.css';
import { requestPasswordReset } from './auth-client.ts';
import { complaintAboutEmail } from './profile-fields.ts';
import { SubmitButton } from './submit-button.tsx';
import { useComplaintTexts, useSubmission } from './use-submission.ts';

export function ForgotPasswordPage() {
  const { t } = useTranslation('account');
  const portal = usePortal().data;
  const [mailedTo, setMailedTo] = useState<string | null>(null);
  if (portal === undefined) return null;
  if (mailedTo !== null) {
    return (
      <Stack gap="sm">
        <PageHeading announced>{t('forgot.sent_title')}</PageHeading>
        <Text>{t('forgot.sent', { email: mailedTo })}</Text>
        <BackToSignIn />
      </Stack>
    );
  }
  return (
    <Stack gap="sm">
      <PageHeading>{t('forgot.title')}</PageHeading>
      <Text>{t(portal.mail ? 'forgot.intro' : 'forgot.no_mail')}</Text>
      {portal.mail && <ForgotPasswordForm onMailed={setMailedTo} />}
      <BackToSignIn />
    </Stack>
  );
}

function ForgotPasswordForm({ onMailed }: { onMailed: (email: string) => void }) {
  const { t } = useTranslation('account');
  const inWords = useComplaintTexts();
  const form = useForm({
    initialValues: { email: '' },
    validate: { email: (email) => inWords(complaintAboutEmail(email)) },
  });
  const { busy, problem, onSubmit } = useSubmission(form, async ({ email }) => {
    await requestPasswordReset(email.trim());
    onMailed(email.trim());
  });
  return (
    <form noValidate onSubmit={onSubmit} className="fields">
      <TextInput
        {...form.getInputProps('email')}
        label={t('email')}
        type="email"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        required
        withAsterisk={false}
      />
      <SubmitButton fullWidth busy={busy} label={t('forgot.submit')} busyLabel={t('forgot.submitting')} />
      {problem !== null && (
        <div className="form-notice">
          <FailureNotice
            problem={problem}
            saving={{ no: t('forgot.failed_no'), unknown: t('forgot.failed_unknown') }}
          />
        </div>
      )}
    </form>
  );
}

function BackToSignIn() {
  const { t } = useTranslation('account');
  return (
    <Anchor component={Link} to="/sign-in" size="sm" mt="xs">
      {t('forgot.back')}
    </Anchor>
  );
}
