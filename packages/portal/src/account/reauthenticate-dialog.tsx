/**
 * Asks the holder to prove who they are, with the password or a passkey, before a change that the server wants a recent proof for;
 * then goes on with what was wanted. The server decides when a proof is needed.
 */
import { Button, Divider, Group, Modal, Text } from '@mantine/core';
import { useForm } from '@mantine/form';
import { type ReactNode, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Problem, problemOfFailure } from '../api/problem.ts';
import { useRefusalTexts } from '../form/form-texts.ts';
import { SubmitButton } from '../form/submit-button.tsx';
import { useSubmission } from '../form/use-submission.ts';
import { FailureNotice } from '../shell/failure-notice.tsx';
import { KeyIcon } from '../shell/icons.tsx';
import { reauthenticate } from './auth-client.ts';
import { passkeysWork } from './passkey-support.ts';
import { PasswordField } from './password-field.tsx';

export interface Reauthentication {
  /** Whether the dialog is open. */
  asking: boolean;
  /** Does `change`; where the server wants a proof first, asks for one and does it again. Given up, it rejects with a `Problem`. */
  proven: <Result>(change: () => Promise<Result>) => Promise<Result>;
  dialog: ReactNode;
}

/** `hasPasskey`: whether the account has one to use. */
export function useReauthentication(email: string, hasPasskey: boolean): Reauthentication {
  const [asking, setAsking] = useState(false);
  const answer = useRef<(given: boolean) => void>(() => undefined);
  const ask = (): Promise<boolean> =>
    new Promise((resolve) => {
      answer.current = resolve;
      setAsking(true);
    });
  const end = (given: boolean): void => {
    setAsking(false);
    answer.current(given);
  };
  const proven = async <Result,>(change: () => Promise<Result>): Promise<Result> => {
    try {
      return await change();
    } catch (failure) {
      if (problemOfFailure(failure).code !== 'REAUTHENTICATION_REQUIRED') throw failure;
      if (await ask()) return await change();
      throw new Problem({ code: 'REAUTHENTICATION_GIVEN_UP', status: 0, saved: 'no' });
    }
  };
  const dialog = (
    <ReauthenticateDialog
      opened={asking}
      email={email}
      hasPasskey={hasPasskey}
      onProven={() => end(true)}
      onClose={() => end(false)}
    />
  );
  return { asking, proven, dialog };
}

interface ReauthenticateDialogProps {
  opened: boolean;
  email: string;
  hasPasskey: boolean;
  onProven: () => void;
  onClose: () => void;
}

function ReauthenticateDialog({ opened, onClose, ...rest }: ReauthenticateDialogProps) {
  const { t } = useTranslation('profile');
  return (
    <Modal opened={opened} onClose={onClose} title={t('reauthenticate.title')}>
      <ReauthenticateForm onClose={onClose} {...rest} />
    </Modal>
  );
}

function ReauthenticateForm({
  email,
  hasPasskey,
  onProven,
  onClose,
}: Omit<ReauthenticateDialogProps, 'opened'>) {
  const { t } = useTranslation(['profile', 'account']);
  const form = useForm({
    initialValues: { password: '' },
    validate: { password: (password) => (password === '' ? t('account:invalid.password_required') : null) },
  });
  const byPassword = useSubmission(form, async ({ password }) => {
    await reauthenticate(password);
    onProven();
  });
  const byPasskey = usePasskeyProof(onProven);
  const problem = byPasskey.problem ?? byPassword.problem;
  return (
    <form
      noValidate
      className="fields"
      onSubmit={(event) => {
        // The dialog may stand inside another form of the page, as React sees it.
        event.stopPropagation();
        byPasskey.dismiss();
        byPassword.onSubmit(event);
      }}
    >
      <Text size="sm" mb="md">
        {t('reauthenticate.intro')}
      </Text>
      {/* Tells a password manager whose password it is. */}
      <input type="hidden" name="username" autoComplete="username" value={email} />
      <PasswordField
        {...form.getInputProps('password')}
        label={t('account:password')}
        autoComplete="current-password"
        data-autofocus
      />
      {problem !== null && <FailureNotice problem={problem} saving="read" />}
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose}>
          {t('passkeys.cancel')}
        </Button>
        <SubmitButton
          busy={byPassword.busy}
          label={t('passkeys.continue')}
          busyLabel={t('reauthenticate.checking')}
        />
      </Group>
      {hasPasskey && passkeysWork() && (
        <>
          <Divider my="md" label={t('account:sign_in.or')} />
          <Button
            variant="default"
            fullWidth
            aria-disabled={byPasskey.busy}
            leftSection={<KeyIcon />}
            onClick={() => {
              byPassword.dismiss();
              byPasskey.start();
            }}
          >
            {t(byPasskey.busy ? 'account:sign_in.passkey_waiting' : 'reauthenticate.passkey')}
          </Button>
        </>
      )}
    </form>
  );
}

function usePasskeyProof(onProven: () => void) {
  const inPlainWords = useRefusalTexts();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  async function start(): Promise<void> {
    if (busy) return;
    setBusy(true);
    setProblem(null);
    try {
      const { reauthenticateWithPasskey } = await import('./passkeys.ts');
      await reauthenticateWithPasskey();
      onProven();
    } catch (failure) {
      setProblem(inPlainWords(problemOfFailure(failure)));
    } finally {
      setBusy(false);
    }
  }
  return { busy, problem, start: () => void start(), dismiss: () => setProblem(null) };
}
