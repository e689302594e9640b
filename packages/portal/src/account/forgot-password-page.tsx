/** Forgot password: asks for a mail with a link, or, where the portal sends none, has the request noted for the operator. Never tells whether an address has an account. */
import { Anchor, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { usePortal } from '../api/queries.ts';
import { FailureNotice } from '../shell/failure-notice.tsx';
import { PageHeading } from '../shell/page-heading.tsx';
import './account.css';
import { useComplaintTexts } from '../form/form-texts.ts';
import { SubmitButton } from '../form/submit-button.tsx';
import { useSubmission } from '../form/use-submission.ts';
import { requestPasswordReset } from './auth-client.ts';
import { complaintAboutEmail } from './profile-fields.ts';

export function ForgotPasswordPage() {
  const { t } = useTranslation('account');
  const portal = usePortal().data;
  const [askedFor, setAskedFor] = useState<string | null>(null);
  if (portal === undefined) return null;
  if (askedFor !== null) {
    return (
      <Stack gap="sm">
        <PageHeading announced>{t(portal.mail ? 'forgot.sent_title' : 'forgot.asked_title')}</PageHeading>
        <Text>{t(portal.mail ? 'forgot.sent' : 'forgot.asked', { email: askedFor })}</Text>
        <BackToSignIn />
      </Stack>
    );
  }
  return (
    <Stack gap="sm">
      <PageHeading>{t('forgot.title')}</PageHeading>
      <Text>{t(portal.mail ? 'forgot.intro' : 'forgot.intro_operator')}</Text>
      <ForgotPasswordForm
        submit={t(portal.mail ? 'forgot.submit' : 'forgot.submit_operator')}
        onAsked={setAskedFor}
      />
      <BackToSignIn />
    </Stack>
  );
}

function ForgotPasswordForm({ submit, onAsked }: { submit: string; onAsked: (email: string) => void }) {
  const { t } = useTranslation('account');
  const inWords = useComplaintTexts();
  const form = useForm({
    initialValues: { email: '' },
    validate: { email: (email) => inWords(complaintAboutEmail(email)) },
  });
  const { busy, problem, onSubmit } = useSubmission(form, async ({ email }) => {
    await requestPasswordReset(email.trim());
    onAsked(email.trim());
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
      <SubmitButton fullWidth busy={busy} label={submit} busyLabel={t('forgot.submitting')} />
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
