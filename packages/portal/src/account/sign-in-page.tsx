/** Sign In Now!: by email address and password, or by passkey. Where one goes afterwards is decided by the frame around it. */
import { Alert, Anchor, Button, Divider, Group, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation, useSearchParams } from 'react-router';
import { FailureNotice } from '../shell/failure-notice.tsx';
import { InfoIcon, KeyIcon } from '../shell/icons.tsx';
import { PageHeading } from '../shell/page-heading.tsx';
import { signIn } from './auth-client.ts';
import './account.css';
import { usePortal } from '../api/queries.ts';
import { useComplaintTexts } from '../form/form-texts.ts';
import { SubmitButton } from '../form/submit-button.tsx';
import { useSubmission } from '../form/use-submission.ts';
import { MailAgain } from './mail-again.tsx';
import { PasswordField } from './password-field.tsx';
import { complaintAboutEmail } from './profile-fields.ts';
import { useSignedInNow } from './signed-in-now.ts';
import { usePasskeySignIn } from './use-passkey-sign-in.ts';

export function SignInPage() {
  const { t } = useTranslation('account');
  const signedInNow = useSignedInNow();
  const mailed = usePortal().data?.mail === true;
  const inWords = useComplaintTexts();
  const emailField = useRef<HTMLInputElement>(null);
  const form = useForm({
    initialValues: { email: '', password: '' },
    validate: {
      email: (email) => inWords(complaintAboutEmail(email)),
      password: (password) => (password === '' ? t('invalid.password_required') : null),
    },
  });
  const byPasskey = usePasskeySignIn(signedInNow);
  const byPassword = useSubmission(form, async ({ email, password }) => {
    byPasskey.dismiss();
    await signIn(email.trim(), password);
    await signedInNow();
  });
  const startByPasskey = (): void => {
    byPassword.dismiss();
    byPasskey.start();
  };
  const problem = byPasskey.problem ?? byPassword.problem;
  useEffect(() => emailField.current?.focus(), []);

  return (
    <>
      <PageHeading>{t('sign_in.title')}</PageHeading>
      <WhyHere />
      <form noValidate onSubmit={byPassword.onSubmit} className="fields form-below-heading">
        <TextInput
          {...form.getInputProps('email')}
          ref={emailField}
          label={t('email')}
          type="email"
          autoComplete="username webauthn"
          autoCapitalize="none"
          spellCheck={false}
          required
          withAsterisk={false}
        />
        <PasswordField
          {...form.getInputProps('password')}
          label={t('password')}
          autoComplete="current-password"
        />
        <SubmitButton
          fullWidth
          busy={byPassword.busy}
          label={t('sign_in.submit')}
          busyLabel={t('sign_in.submitting')}
        />
        {problem !== null && (
          <div className="form-notice">
            <FailureNotice problem={problem} saving={{ no: '', unknown: t('sign_in.failed') }} />
            {problem.code === 'INVALID_EMAIL_OR_PASSWORD' && mailed && (
              <MailAgain email={form.values.email.trim()} question={t('mail_again.not_confirmed')} />
            )}
          </div>
        )}
        {byPasskey.available && <PasskeyButton busy={byPasskey.busy} onClick={startByPasskey} />}
      </form>
      <OtherWays />
    </>
  );
}

function PasskeyButton({ busy, onClick }: { busy: boolean; onClick: () => void }) {
  const { t } = useTranslation('account');
  return (
    <>
      <Divider my="md" label={t('sign_in.or')} />
      <Button variant="default" fullWidth aria-disabled={busy} leftSection={<KeyIcon />} onClick={onClick}>
        {t(busy ? 'sign_in.passkey_waiting' : 'sign_in.passkey')}
      </Button>
    </>
  );
}

/** To signing up, with the wanted page, and to a lost password. */
function OtherWays() {
  const { t } = useTranslation('account');
  const { search } = useLocation();
  return (
    <Group justify="space-between" className="aside">
      <Text size="sm">
        {t('sign_in.no_account')}{' '}
        <Anchor component={Link} to={`/sign-up${search}`} size="sm">
          {t('sign_in.sign_up')}
        </Anchor>
      </Text>
      <Anchor component={Link} to="/forgot-password" size="sm">
        {t('sign_in.forgot')}
      </Anchor>
    </Group>
  );
}

/** Why one is here, for whoever did not come by the front door. */
function WhyHere() {
  const { t } = useTranslation('account');
  const [query] = useSearchParams();
  const text = query.has('ended')
    ? t('sign_in.ended')
    : query.has('return_to')
      ? t('sign_in.to_go_on')
      : null;
  if (text === null) return null;
  return (
    <Alert
      variant="light"
      color="gray"
      icon={<InfoIcon />}
      mt="md"
      role="status"
      className="notice"
      data-tone="note"
    >
      {text}
    </Alert>
  );
}
