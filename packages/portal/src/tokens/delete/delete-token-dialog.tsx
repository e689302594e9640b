/**
 * Asks whether to delete a token, by its name and last use, and shows the deletion until every service refuses the token.
 * While it runs, the dialog closes by its Close only; the deletion goes on then. It closes by itself when all is done.
 */
import { Button, Checkbox, Loader, Modal } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Token } from '../../api/client.ts';
import { useMadeTokens } from '../../api/queries.ts';
import { formatRelative } from '../../messages/format.ts';
import { FailureBox } from '../../shell/failure-notice.tsx';
import { moreButtonOf } from '../list/token-row.tsx';
import { newTokenButton } from '../list/token-toolbar.tsx';
import classes from './delete-token-dialog.module.css';
import { deletionFailureText } from './deletion-failure.ts';
import { watchDeletion } from './deletion-notices.tsx';
import { deletions, useDeletions } from './deletions.ts';
import type { Deletion } from './token-deletions.ts';

interface DeleteTokenDialogProps {
  /** The token in question; null: the dialog is closed. */
  token: Token | null;
  onClose: () => void;
}

export function DeleteTokenDialog({ token, onClose }: DeleteTokenDialogProps) {
  const { t } = useTranslation('tokens');
  // What the dialog says stays while it fades.
  const [asked, setAsked] = useState(token);
  if (token !== null && token !== asked) setAsked(token);
  const deletion = useDeletions().get(asked?.id ?? '');
  const running = deletion !== undefined && deletion.phase !== 'failed';
  const openFor = token?.id ?? null;

  useEffect(() => {
    watchDeletion(openFor);
    return () => watchDeletion(null);
  }, [openFor]);

  /** Selects what has the focus once the dialog has gone: what opened it may go with the token. */
  const focusAfter = useRef<readonly string[]>([]);

  function leave() {
    if (asked === null) return;
    focusAfter.current = [moreButtonOf(asked), newTokenButton];
    onClose();
    deletions.dismiss(asked.id);
  }

  // Ended while it was open: done, or ended by what is told in the corner.
  const began = useRef(false);
  const ended = openFor !== null && (deletion?.phase === 'done' || (began.current && deletion === undefined));
  useEffect(() => {
    began.current = openFor !== null && deletion !== undefined;
    if (!ended) return;
    focusAfter.current = [newTokenButton];
    onClose();
  });

  return (
    <Modal
      opened={token !== null}
      onClose={leave}
      closeOnEscape={!running}
      closeOnClickOutside={!running}
      onExitTransitionEnd={() => focusFirst(focusAfter.current)}
      title={t('delete.title')}
      withCloseButton={false}
      returnFocus={false}
      size={440}
    >
      {asked !== null && <DeletionView token={asked} deletion={deletion} onLeave={leave} />}
    </Modal>
  );
}

function focusFirst(selectors: readonly string[]): void {
  const found = selectors.map((selector) => document.querySelector<HTMLElement>(selector));
  found.find((element) => element !== null)?.focus();
}

interface DeletionViewProps {
  token: Token;
  /** undefined: not begun. */
  deletion: Deletion | undefined;
  onLeave: () => void;
}

function DeletionView({ token, deletion, onLeave }: DeletionViewProps) {
  const { t } = useTranslation('tokens');
  const failures = useTranslation('failures').t;
  const running = deletion !== undefined && deletion.phase !== 'failed';
  const problem = deletion?.problem ?? null;
  const deleted = deletion?.deleted ?? 'no';
  const made = useMadeTokens(token.id);
  // Off: what a token made may be in use for good reasons.
  const [withMade, setWithMade] = useState(false);
  return (
    <>
      <p className={classes.token}>
        <bdi>{token.name}</bdi> <code>{token.masked}</code>
      </p>
      <div className={classes.words}>
        {deletion === undefined && <Question token={token} />}
        {/* There from the start, so that what comes into it is read out. */}
        <div role="status" aria-atomic={false} className={classes.progress}>
          {running && <Progress deletion={deletion} />}
        </div>
        {problem !== null && (
          <FailureBox
            {...deletionFailureText({ tokens: t, failures }, problem, deleted, navigator.onLine)}
            problem={problem}
          />
        )}
      </div>
      {made > 0 && (
        <Checkbox
          className={classes.made}
          label={t('delete.with_made', { count: made })}
          checked={withMade}
          disabled={running}
          onChange={({ currentTarget }) => setWithMade(currentTarget.checked)}
        />
      )}
      <div className={classes.buttons}>
        <Button variant="default" onClick={onLeave} data-autofocus className={classes.leave}>
          {t(!running && deleted === 'no' ? 'delete.cancel' : 'delete.close')}
        </Button>
        <Button
          color="red"
          className={classes.delete}
          onClick={() => void deletions.start(token, { withMade })}
          aria-disabled={running}
          aria-busy={running}
          leftSection={running && <Loader size={14} color="white" />}
        >
          {t(running ? 'delete.deleting' : deleted === 'no' ? 'delete.delete' : 'delete.delete_again')}
        </Button>
      </div>
    </>
  );
}

function Question({ token }: { token: Token }) {
  const { t } = useTranslation('tokens');
  const use =
    token.last_used_at === null
      ? t('delete.never_used')
      : t('delete.last_used', { ago: formatRelative(token.last_used_at, Date.now()) });
  const consequence = token.last_used_at === null ? 'delete.consequence_unused' : 'delete.consequence';
  return (
    <p className={classes.question}>
      {use} {t(token.status === 'expired' ? 'delete.consequence_expired' : consequence)}
    </p>
  );
}

/** A deletion that takes longer than this is explained. */
const explainedAfterMs = 3_000;

function Progress({ deletion }: { deletion: Deletion }) {
  const { t } = useTranslation('tokens');
  const [explained, setExplained] = useState(false);
  useEffect(() => {
    const leftMs = deletion.startedAtMs + explainedAfterMs - Date.now();
    const timer = setTimeout(() => setExplained(true), leftMs);
    return () => clearTimeout(timer);
  }, [deletion.startedAtMs]);
  return (
    <>
      <p>{t('delete.waiting')}</p>
      {explained && <p>{t('delete.takes_up_to')}</p>}
    </>
  );
}
