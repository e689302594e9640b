/**
 * The dialog Secret API Key: shows a secret this once and does not let it be lost by accident. Until it was copied, Escape, a
 * click outside, Close, Back and closing the window ask first.
 */
import { Button, Modal, Text } from '@mantine/core';
import { Fragment, useEffect, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useBlocker } from 'react-router';
import type { Token } from '../../api/client.ts';
import { copyKeys } from '../../shell/copy-text.ts';
import { AlertIcon, CheckIcon, CopyIcon } from '../../shell/icons.tsx';
import { SecretField, useSecretCopying, useUnloadWarning } from '../../shell/secret-field.tsx';
import classes from './secret-dialog.module.css';

interface SecretDialogProps {
  token: Token;
  onClose: () => void;
}

export function SecretDialog({ token, onClose }: SecretDialogProps) {
  const { t } = useTranslation('tokens');
  const copying = useSecretCopying();
  const { field, state, copy } = copying;
  const statusId = useId();
  const copyButton = useRef<HTMLButtonElement>(null);
  const leaving = useGuardedLeaving(state === 'copied', () => {
    if (field.current !== null) field.current.value = '';
    onClose();
  });

  // The buttons of the question are gone with it: the focus goes back to Copy.
  const asked = useRef(false);
  useEffect(() => {
    if (asked.current && !leaving.asking) copyButton.current?.focus();
    asked.current = leaving.asking;
  }, [leaving.asking]);

  return (
    <Modal opened onClose={leaving.ask} title={t('secret.title')} withCloseButton={false} size={560}>
      <Text>{t('secret.shown_once')}</Text>
      <div className={classes.field}>
        <SecretField tokenName={token.name} copying={copying} />
      </div>
      <div
        role="status"
        id={statusId}
        className={classes.status}
        data-state={leaving.asking ? 'asking' : state}
      >
        {/* A key each: a program that changed one text cannot leave it beside the next. */}
        {leaving.asking && (
          <Fragment key="asking">
            <AlertIcon />
            <span>{t('secret.not_copied')}</span>
          </Fragment>
        )}
        {!leaving.asking && state === 'refused' && (
          <span key="refused">{t('secret.press_keys', { keys: copyKeys() })}</span>
        )}
        {!leaving.asking && state === 'copied' && <span key="copied">{t('secret.copied_status')}</span>}
      </div>
      {leaving.asking ? (
        <LeavingButtons questionId={statusId} onStay={leaving.stay} onLeave={leaving.leave} />
      ) : (
        <div className={classes.buttons}>
          <Button
            ref={copyButton}
            data-autofocus
            onClick={() => void copy()}
            leftSection={state === 'copied' ? <CheckIcon /> : <CopyIcon />}
            className={classes.copy}
          >
            {state === 'copied' ? t('secret.copied') : t('secret.copy')}
          </Button>
          <Button variant="default" onClick={leaving.ask}>
            {t('secret.close')}
          </Button>
        </div>
      )}
    </Modal>
  );
}

/** In place of Copy and Close while the question stands. */
interface LeavingButtonsProps {
  questionId: string;
  onStay: () => void;
  onLeave: () => void;
}

function LeavingButtons({ questionId, onStay, onLeave }: LeavingButtonsProps) {
  const { t } = useTranslation('tokens');
  const stay = useRef<HTMLButtonElement>(null);
  useEffect(() => stay.current?.focus(), []);
  return (
    <div className={classes.buttons}>
      <Button ref={stay} variant="default" aria-describedby={questionId} onClick={onStay}>
        {t('secret.keep_open')}
      </Button>
      <Button variant="default" className={classes.leave} onClick={onLeave}>
        {t('secret.close_anyway')}
      </Button>
    </div>
  );
}

/** Asks before an uncopied secret is left, whichever way: within the portal, by Back, or by closing the window. */
function useGuardedLeaving(copied: boolean, onLeave: () => void) {
  const [asking, setAsking] = useState(false);
  const free = useRef(false);
  const blocker = useBlocker(() => !copied && !free.current);
  const blocked = blocker.state === 'blocked';

  useUnloadWarning(copied);

  function leave() {
    free.current = true;
    if (blocker.state === 'blocked') blocker.proceed();
    else onLeave();
  }

  function stay() {
    setAsking(false);
    if (blocker.state === 'blocked') blocker.reset();
  }

  /** Leaves a copied secret; asks for an uncopied one; takes the question back where it stands already. */
  function ask() {
    if (asking || blocked) stay();
    else if (copied) leave();
    else setAsking(true);
  }

  return { asking: (asking || blocked) && !copied, ask, stay, leave };
}
