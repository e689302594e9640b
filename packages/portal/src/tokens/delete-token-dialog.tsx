/**
 * Asks whether to delete a token, by its name and last use, and deletes it. Says that it is deleted only after the server
 * said so; says what is known otherwise.
 */
import { Button, Group, Loader, Modal, Text } from '@mantine/core';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Token } from '../api/client.ts';
import type { Problem } from '../api/problem.ts';
import { useDeleteToken } from '../api/queries.ts';
import { formatRelative } from '../messages/format.ts';
import { FailureNotice } from '../shell/failure-notice.tsx';
import { announce } from './announce.tsx';
import { moreButtonOf } from './token-row.tsx';
import { newTokenButton } from './token-toolbar.tsx';

interface DeleteTokenDialogProps {
  /** The token in question; null: the dialog is closed. */
  token: Token | null;
  onClose: () => void;
}

export function DeleteTokenDialog({ token, onClose }: DeleteTokenDialogProps) {
  const { t } = useTranslation('tokens');
  const deletion = useDeleteToken();
  // What the dialog says stays while it fades.
  const [asked, setAsked] = useState(token);
  if (token !== null && token !== asked) setAsked(token);

  /** What has the focus once the dialog has gone: what opened it may go with the token. */
  const focusAfter = useRef('');

  function close(focusSelector: string) {
    focusAfter.current = focusSelector;
    deletion.reset();
    onClose();
  }

  function cancel() {
    if (!deletion.isPending && asked !== null) close(moreButtonOf(asked));
  }

  function done(kind: 'done' | 'news', message: string) {
    announce(kind, message);
    close(newTokenButton);
  }

  function confirm(doomed: Token) {
    if (deletion.isPending) return;
    deletion.mutate(doomed, {
      onSuccess: () => done('done', t('delete.deleted')),
      onError: (problem) => {
        if (problem.code === 'not_found') done('news', t('delete.already_gone', { name: doomed.name }));
      },
    });
  }

  return (
    <Modal
      opened={token !== null}
      onClose={cancel}
      onExitTransitionEnd={() => document.querySelector<HTMLElement>(focusAfter.current)?.focus()}
      title={t('delete.title')}
      withCloseButton={false}
      returnFocus={false}
      size={440}
    >
      {asked !== null && (
        <DeleteQuestion
          token={asked}
          pending={deletion.isPending}
          problem={deletion.error}
          onCancel={cancel}
          onConfirm={() => confirm(asked)}
        />
      )}
    </Modal>
  );
}

interface DeleteQuestionProps {
  token: Token;
  pending: boolean;
  problem: Problem | null;
  onCancel: () => void;
  onConfirm: () => void;
}

function DeleteQuestion({ token, pending, problem, onCancel, onConfirm }: DeleteQuestionProps) {
  const { t } = useTranslation('tokens');
  const use =
    token.last_used_at === null
      ? t('delete.never_used')
      : t('delete.last_used', { ago: formatRelative(token.last_used_at, Date.now()) });
  return (
    <>
      <Text>
        <Text span fw={600} style={{ overflowWrap: 'anywhere' }}>
          <bdi>{token.name}</bdi>
        </Text>{' '}
        {use} {t(token.status === 'expired' ? 'delete.consequence_expired' : 'delete.consequence')}
      </Text>
      {problem !== null && problem.code !== 'not_found' && (
        <div style={{ marginTop: 16 }}>
          <FailureNotice
            problem={problem}
            saving={{ no: t('delete.not_deleted'), unknown: t('delete.not_known') }}
          />
        </div>
      )}
      <Group justify="flex-end" gap="xs" mt="lg">
        <Button variant="default" onClick={onCancel} aria-disabled={pending} data-autofocus>
          {t('delete.cancel')}
        </Button>
        <Button
          color="red"
          onClick={onConfirm}
          aria-disabled={pending}
          leftSection={pending && <Loader size={14} color="white" />}
        >
          {pending ? t('delete.deleting') : t('delete.delete')}
        </Button>
      </Group>
    </>
  );
}
