/** Sign Up: who may is the portal's to say, so the page says it before anything is typed. The server decides all the same. */
import { Alert, Anchor, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation, useSearchParams } from 'react-router';
import type { Portal } from '../api/client.ts';
import { usePortal } from '../api/queries.ts';
import { formatEither } from '../messages/format.ts';
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
  const setUpCode = useLinkSecret('code') || null;
  if (portal === undefined) return null;
  if (mailedTo !== null) return <CheckMail email={mailedTo} />;
  // Until there is an administrator, the very first account is made whatever the mode.
  const closed = portal.sign_up.mode === 'invitation' && portal.setup === 'done' && invitation === '';
  return (
    <>
      <PageHeading>{t('sign_up.title')}</PageHeading>
      {portal.setup === 'done' && setUpCode !== null && (
        <Note title={t('sign_up.set_up_done_title')}>{t('sign_up.set_up_done')}</Note>
      )}
      {closed ? (
        <Note title={t('sign_up.by_invitation_title')}>{t('sign_up.by_invitation')}</Note>
      ) : (
        <SignUpForm portal={portal} invitation={invitation} setUpCode={setUpCode} onMailed={setMailedTo} />
      )}
      <ToSignIn />
    </>
  );
}

function Note({ title, children }: { title: string; children: string }) {
  return (
    <Alert
      variant="light"
      color="gray"
      icon={<InfoIcon />}
      title={title}
      mt="md"
      className="notice"
      data-tone="note"
    >
      {children}
    </Alert>
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
  /** What the set-up link carried; null without one. */
  setUpCode: string | null;
  onMailed: (email: string) => void;
}

function SignUpForm({ portal, invitation, setUpCode, onMailed }: SignUpFormProps) {
  const { t } = useTranslation('account');
  const signedInNow = useSignedInNow();
  const setsUp = portal.setup === 'code' && invitation === '';
  const form = useSignUpForm(setsUp, setUpCode);
  const codeTyped = useCodeTyped(setUpCode, form.errors.setupCode !== undefined);
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
      <WhoMaySignUp portal={portal} invited={invitation !== ''} codeTyped={codeTyped} />
      <form noValidate onSubmit={onSubmit} className="fields form-below-heading">
        {setsUp && codeTyped && (
          <TextInput
            {...form.getInputProps('setupCode')}
            {...field}
            autoFocus={setUpCode !== null}
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

/** A link fills the code in unseen. The field shows where there was no link, and from then on where its code was refused. */
function useCodeTyped(setUpCode: string | null, refused: boolean): boolean {
  const [typed, setTyped] = useState(setUpCode === null);
  useEffect(() => setTyped(setUpCode === null), [setUpCode]);
  useEffect(() => {
    if (refused) setTyped(true);
  }, [refused]);
  return typed;
}

function useSignUpForm(setupCodeNeeded: boolean, setUpCode: string | null) {
  const { t } = useTranslation('account');
  const inWords = useComplaintTexts();
  const form = useForm({
    initialValues: { setupCode: setUpCode ?? '', name: '', email: '', password: '', phoneNumber: '' },
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
  const { setFieldValue } = form;
  useEffect(() => {
    if (setUpCode !== null) setFieldValue('setupCode', setUpCode);
  }, [setUpCode]);
  return form;
}

interface WhoMaySignUpProps {
  portal: Portal;
  invited: boolean;
  /** Whether the set-up code is to be typed, because no link brought the right one. */
  codeTyped: boolean;
}

function WhoMaySignUp({ portal, invited, codeTyped }: WhoMaySignUpProps) {
  const { t } = useTranslation('account');
  const text = (): string | null => {
    if (invited) return t('sign_up.invited');
    if (portal.setup === 'code') return t(codeTyped ? 'sign_up.setup_code_note' : 'sign_up.first_account');
    if (portal.sign_up.mode !== 'domains') return null;
    return t('sign_up.by_domain', { domains: formatEither(portal.sign_up.domains) });
  };
  const said = text();
  if (said === null) return null;
  return (
    <Alert variant="light" color="blue" icon={<InfoIcon />} mt="md" className="notice" data-tone="note">
      {said}
    </Alert>
  );
}
