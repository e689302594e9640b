/** The holder's passkeys: added with a name, listed, deleted. Where the page or the browser cannot have any, it says why. */
import { Button, Skeleton, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { problemOfFailure } from '../api/problem.ts';
import { formatInstant, formatRelative } from '../messages/format.ts';
import { useNowMs } from '../messages/now.ts';
import { FailureNotice } from '../shell/failure-notice.tsx';
import { AddPasskeyDialog } from './add-passkey-dialog.tsx';
import { DeletePasskeyDialog } from './delete-passkey-dialog.tsx';
import { passkeysWork } from './passkey-support.ts';
import type { Passkey } from './passkeys.ts';
import { useReauthentication } from './reauthenticate-dialog.tsx';

const passkeysKey = ['passkeys'] as const;

export function PasskeysSection({ email }: { email: string }) {
  const { t } = useTranslation('profile');
  const cache = useQueryClient();
  const [adding, setAdding] = useState(false);
  const [deleting, setDeleting] = useState<Passkey | null>(null);
  const passkeys = useQuery({
    queryKey: passkeysKey,
    queryFn: async ({ signal }) => (await import('./passkeys.ts')).listPasskeys(signal),
  });
  const { asking, proven, dialog } = useReauthentication(email, (passkeys.data?.length ?? 0) > 0);
  const changed = (message: string): void => {
    notifications.show({ color: 'green', message });
    void cache.invalidateQueries({ queryKey: passkeysKey });
  };
  return (
    <Stack gap="md" align="stretch">
      <PasskeyList passkeys={passkeys} onDelete={setDeleting} />
      {passkeysWork() ? (
        <Button variant="default" className="section-submit" onClick={() => setAdding(true)}>
          {t('passkeys.add')}
        </Button>
      ) : (
        <Text size="sm" c="dimmed">
          {t(window.isSecureContext ? 'passkeys.unsupported' : 'passkeys.insecure')}
        </Text>
      )}
      <AddPasskeyDialog
        opened={adding}
        asking={asking}
        proven={proven}
        onClose={() => setAdding(false)}
        onAdded={() => changed(t('passkeys.was_added'))}
      />
      <DeletePasskeyDialog
        passkey={deleting}
        asking={asking}
        proven={proven}
        onClose={() => setDeleting(null)}
        onDeleted={() => changed(t('passkeys.was_deleted'))}
      />
      {dialog}
    </Stack>
  );
}

interface PasskeyListProps {
  passkeys: { data: Passkey[] | undefined; isError: boolean; error: unknown; refetch: () => unknown };
  onDelete: (passkey: Passkey) => void;
}

function PasskeyList({ passkeys, onDelete }: PasskeyListProps) {
  const { t } = useTranslation('profile');
  const nowMs = useNowMs();
  if (passkeys.data === undefined) {
    if (!passkeys.isError) return <Skeleton height={20} width={160} />;
    const retry = () => void passkeys.refetch();
    return <FailureNotice problem={problemOfFailure(passkeys.error)} saving="read" onRetry={retry} />;
  }
  if (passkeys.data.length === 0) return <Text size="sm">{t('passkeys.none')}</Text>;
  return (
    <ul className="profile-rows">
      {passkeys.data.map((passkey) => (
        <li key={passkey.id}>
          <div>
            <Text size="sm" fw={500}>
              {passkey.name ?? t('passkeys.unnamed')}
            </Text>
            <Text size="xs" c="dimmed">
              <time dateTime={passkey.createdAt} title={formatInstant(passkey.createdAt)}>
                {t('passkeys.added', { when: formatRelative(passkey.createdAt, nowMs) })}
              </time>
              {' · '}
              {t(passkey.synced ? 'passkeys.synced' : 'passkeys.one_device')}
            </Text>
          </div>
          <Button
            variant="default"
            size="xs"
            className="danger-button"
            aria-label={t('passkeys.delete_named', { name: passkey.name ?? t('passkeys.unnamed') })}
            onClick={() => onDelete(passkey)}
          >
            {t('passkeys.delete')}
          </Button>
        </li>
      ))}
    </ul>
  );
}
