/** Sign Up: who may is the portal's to say, so the page says it before anything is typed. The server decides all the same. */
import { Alert, Anchor, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation, useSearchParams } from 'react-router';
import type { Portal } from '../api/client.ts';
import { usePortal } from '../api/queries.ts';
import { FailureNotice } from '../shell/failure-notice.tsx';
import { InfoIcon } from '../shell/icons.tsx';
import { PageHeading } from '../shell/page-heading.tsx';
import './account.css';
import { useComplaintTexts } from '../form/form-texts.ts';
import { SubmitButton } from '../form/submit-button.tsx';
import { useSubmission } from '../form/use-submission.ts';
import { signUp } from './auth-client.ts';
import { CheckMail } from './check-mail.tsx';
import { useLinkSecret } from './link-secret.ts';
import { PasswordChecklist } from './password-checklist.tsx';
import { PasswordField } from './password-field.tsx';
import { unmetRules } from './password-rules.ts';
import { complaintAboutEmail, complaintAboutName, complaintAboutPhone } from './profile-fields.ts';
import { useSignedInNow } from './signed-in-now.ts';

export function SignUpPage() {
  const { t } = useTranslation('account');
  const portal = usePortal().data;
  const [query] = useSearchParams();
  const [mailedTo, setMailedTo] = useState<string | null>(null);
  const invitation = useLinkSecret('invitation') || (query.get('invitation') ?? '');
  if (portal === undefined) return null;
  if (mailedTo !== null) return <CheckMail email={mailedTo} />;
  // Until there is an administrator, the very first account is made whatever the mode.
  const closed = portal.sign_up.mode === 'invitation' && portal.setup === 'done' && invitation === '';
  return (
    <>
      <PageHeading>{t('sign_up.title')}</PageHeading>
      {closed ? (
        <Alert
          variant="light"
          color="gray"
          icon={<InfoIcon />}
          title={t('sign_up.by_invitation_title')}
          mt="md"
          className="notice"
          data-tone="note"
        >
          {t('sign_up.by_invitation')}
        </Alert>
      ) : (
        <SignUpForm portal={portal} invitation={invitation} onMailed={setMailedTo} />
      )}
      <ToSignIn />
    </>
  );
}

function ToSignIn() {
  const { t } = useTranslation('account');
  const { search } = useLocation();
  return (
    <Text className="aside">
      {t('sign_up.have_account')}{' '}
      <Anchor component={Link} to={`/sign-in${search}`} size="sm">
        {t('sign_up.sign_in')}
      </Anchor>
    </Text>
  );
}

interface SignUpFormProps {
  portal: Portal;
  /** Empty without one. */
  invitation: string;
  onMailed: (email: string) => void;
}

function SignUpForm({ portal, invitation, onMailed }: SignUpFormProps) {
  const { t } = useTranslation('account');
  const signedInNow = useSignedInNow();
  const form = useSignUpForm(portal.setup === 'code' && invitation === '');
  const { busy, problem, onSubmit } = useSubmission(form, async ({ setupCode, ...draft }) => {
    const email = draft.email.trim();
    const { signedIn } = await signUp({
      ...draft,
      email,
      ...(setupCode.trim() !== '' && { setupCode: setupCode.trim() }),
      ...(invitation !== '' && { invitation }),
    });
    if (signedIn) await signedInNow();
    else onMailed(email);
  });
  const field = { required: true, withAsterisk: false } as const;
  return (
    <>
      <WhoMaySignUp portal={portal} invited={invitation !== ''} />
      <form noValidate onSubmit={onSubmit} className="fields form-below-heading">
        {portal.setup === 'code' && invitation === '' && (
          <TextInput
            {...form.getInputProps('setupCode')}
            {...field}
            label={t('sign_up.setup_code')}
            description={t('sign_up.setup_code_hint')}
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            classNames={{ input: 'code-input' }}
          />
        )}
        <TextInput {...form.getInputProps('name')} {...field} label={t('full_name')} autoComplete="name" />
        <TextInput
          {...form.getInputProps('email')}
          {...field}
          label={t('email')}
          type="email"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
        />
        <PasswordField
          {...form.getInputProps('password')}
          label={t('password')}
          autoComplete="new-password"
        />
        <PasswordChecklist password={form.values.password} />
        <TextInput
          {...form.getInputProps('phoneNumber')}
          {...field}
          label={t('phone_number')}
          placeholder={t('sign_up.phone_example')}
          type="tel"
          autoComplete="tel"
        />
        <SubmitButton fullWidth busy={busy} label={t('sign_up.submit')} busyLabel={t('sign_up.submitting')} />
        {problem !== null && (
          <div className="form-notice">
            <FailureNotice
              problem={problem}
              saving={{ no: t('sign_up.failed_no'), unknown: t('sign_up.failed_unknown') }}
            />
          </div>
        )}
      </form>
    </>
  );
}

function useSignUpForm(setupCodeNeeded: boolean) {
  const { t } = useTranslation('account');
  const inWords = useComplaintTexts();
  return useForm({
    initialValues: { setupCode: '', name: '', email: '', password: '', phoneNumber: '' },
    validate: {
      setupCode: (code) => (setupCodeNeeded && code.trim() === '' ? t('invalid.setup_code') : null),
      name: (name) => inWords(complaintAboutName(name)),
      email: (email) => inWords(complaintAboutEmail(email)),
      password: (password) => {
        if (password === '') return t('invalid.new_password_required');
        return unmetRules(password).length > 0 ? t('invalid.password_rules') : null;
      },
      phoneNumber: (phone) => inWords(complaintAboutPhone(phone)),
    },
  });
}

function WhoMaySignUp({ portal, invited }: { portal: Portal; invited: boolean }) {
  const { t, i18n } = useTranslation('account');
  const text = (): string | null => {
    if (invited) return t('sign_up.invited');
    if (portal.setup === 'loopback') return t('sign_up.first_account');
    if (portal.setup === 'code') return t('sign_up.setup_code_note');
    if (portal.sign_up.mode !== 'domains') return null;
    const either = new Intl.ListFormat(i18n.language, { type: 'disjunction' });
    return t('sign_up.by_domain', { domains: either.format(portal.sign_up.domains) });
  };
  const said = text();
  if (said === null) return null;
  return (
    <Alert variant="light" color="blue" icon={<InfoIcon />} mt="md" className="notice" data-tone="note">
      {said}
    </Alert>
  );
}
