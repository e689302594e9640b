/** Asks before a passkey is deleted, and says what that does not do: the device keeps its half. */
import { Button, Group, Loader, Modal, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { problemOfFailure } from '../api/problem.ts';
import { useRefusalTexts } from '../form/form-texts.ts';
import { FailureNotice } from '../shell/failure-notice.tsx';
import type { Passkey } from './passkeys.ts';
import type { Reauthentication } from './reauthenticate-dialog.tsx';

interface DeletePasskeyDialogProps extends Pick<Reauthentication, 'asking' | 'proven'> {
  /** Null while closed. */
  passkey: Passkey | null;
  onClose: () => void;
  onDeleted: () => void;
}

export function DeletePasskeyDialog(props: DeletePasskeyDialogProps) {
  const { passkey, asking, proven, onClose, onDeleted } = props;
  const { t } = useTranslation('profile');
  const inPlainWords = useRefusalTexts();
  // Stays in the text while the dialog fades.
  const last = useRef<Passkey | null>(null);
  if (passkey !== null) last.current = passkey;
  const shown = last.current;
  const deletion = useMutation({
    mutationFn: async (id: string) => {
      const { deletePasskey } = await import('./passkeys.ts');
      await proven(() => deletePasskey(id));
    },
    onSuccess: () => {
      onDeleted();
      onClose();
    },
  });
  const close = (): void => {
    deletion.reset();
    onClose();
  };
  return (
    <Modal
      opened={passkey !== null}
      onClose={close}
      title={t('passkeys.delete_title')}
      closeOnEscape={!asking}
    >
      <Stack gap="md">
        <Text size="sm">{t('passkeys.delete_what', { name: shown?.name ?? t('passkeys.unnamed') })}</Text>
        {deletion.error !== null && (
          <FailureNotice
            problem={inPlainWords(problemOfFailure(deletion.error))}
            saving={{ no: t('passkeys.delete_failed_no'), unknown: t('passkeys.delete_failed_unknown') }}
          />
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={close} data-autofocus>
            {t('passkeys.cancel')}
          </Button>
          <Button
            color="red"
            aria-disabled={deletion.isPending}
            leftSection={deletion.isPending ? <Loader size={14} color="currentColor" /> : undefined}
            onClick={() => deletion.isPending || shown === null || deletion.mutate(shown.id)}
          >
            {t(deletion.isPending ? 'passkeys.deleting' : 'passkeys.delete')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
