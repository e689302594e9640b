/** Asks for a passkey's name, then hands over to the browser's own dialog. */
import { Button, Group, Modal, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useTranslation } from 'react-i18next';
import { useComplaintTexts } from '../form/form-texts.ts';
import { SubmitButton } from '../form/submit-button.tsx';
import { useSubmission } from '../form/use-submission.ts';
import { FailureNotice } from '../shell/failure-notice.tsx';
import { clientNameOf } from './client-name.ts';
import { complaintAboutName } from './profile-fields.ts';
import type { Reauthentication } from './reauthenticate-dialog.tsx';

interface AddPasskeyDialogProps extends Pick<Reauthentication, 'asking' | 'proven'> {
  opened: boolean;
  onClose: () => void;
  onAdded: () => void;
}

export function AddPasskeyDialog({ opened, asking, ...rest }: AddPasskeyDialogProps) {
  const { t } = useTranslation('profile');
  return (
    <Modal opened={opened} onClose={rest.onClose} title={t('passkeys.add')} closeOnEscape={!asking}>
      <AddPasskeyForm {...rest} />
    </Modal>
  );
}

function AddPasskeyForm({ proven, onClose, onAdded }: Omit<AddPasskeyDialogProps, 'opened' | 'asking'>) {
  const { t } = useTranslation('profile');
  const inWords = useComplaintTexts();
  const form = useForm({
    initialValues: { name: clientNameOf(navigator.userAgent).system ?? '' },
    validate: { name: (name) => inWords(complaintAboutName(name)) },
  });
  const { busy, problem, onSubmit } = useSubmission(form, async ({ name }) => {
    const { addPasskey } = await import('./passkeys.ts');
    await proven(() => addPasskey(name.trim()));
    onAdded();
    onClose();
  });
  return (
    <form noValidate onSubmit={onSubmit} className="fields">
      <TextInput
        {...form.getInputProps('name')}
        label={t('passkeys.name')}
        description={t('passkeys.name_hint')}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        data-autofocus
        autoComplete="off"
        required
        withAsterisk={false}
      />
      {problem !== null && (
        <FailureNotice
          problem={problem}
          saving={
            problem.code === 'PASSKEY_NOT_ADDED' || problem.code === 'REAUTHENTICATION_GIVEN_UP'
              ? 'read'
              : { no: t('passkeys.failed_no'), unknown: t('passkeys.failed_unknown') }
          }
        />
      )}
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose}>
          {t('passkeys.cancel')}
        </Button>
        <SubmitButton busy={busy} label={t('passkeys.continue')} busyLabel={t('passkeys.adding')} />
      </Group>
    </form>
  );
}
