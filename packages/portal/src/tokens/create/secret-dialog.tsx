/**
 * The dialog Secret API Key: shows a secret this once and does not let it be lost by accident. Until it was copied, Escape, a
 * click outside, Close, Back and closing the window ask first. The secret is in one field's value and nowhere else in
 * the page: not in its HTML, not in the state of any component.
 */
import { Button, Modal, Text } from '@mantine/core';
import { type RefObject, useEffect, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useBlocker } from 'react-router';
import type { Token } from '../../api/client.ts';
import { copyKeys, copyText } from '../../shell/copy-text.ts';
import { AlertIcon, CheckIcon, CopyIcon } from '../../shell/icons.tsx';
import { shownSecret } from '../../shell/shown-secret.ts';
import classes from './secret-dialog.module.css';

/** Of the secret in the dialog at its full width. Where less fits, the field grows if the browser can, or else scrolls. */
const charactersInLine = 52;

interface SecretDialogProps {
  token: Token;
  onClose: () => void;
}

export function SecretDialog({ token, onClose }: SecretDialogProps) {
  const { t } = useTranslation('tokens');
  const field = useRef<HTMLTextAreaElement>(null);
  const { state, copy, copiedByHand } = useCopy(field);
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
      <textarea
        ref={(element) => {
          field.current = element;
          if (element === null) return;
          element.value = shownSecret.current()?.secret ?? '';
          element.rows = Math.ceil(element.value.length / charactersInLine);
        }}
        className={classes.secret}
        aria-label={t('secret.field', { name: token.name })}
        readOnly
        rows={1}
        spellCheck={false}
        autoComplete="off"
        onFocus={({ currentTarget }) => currentTarget.select()}
        onCopy={copiedByHand}
      />
      <div
        role="status"
        id={statusId}
        className={classes.status}
        data-state={leaving.asking ? 'asking' : state}
      >
        {leaving.asking && (
          <>
            <AlertIcon />
            {t('secret.not_copied')}
          </>
        )}
        {!leaving.asking && state === 'refused' && t('secret.press_keys', { keys: copyKeys() })}
        {!leaving.asking && state === 'copied' && t('secret.copied_status')}
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

type CopyState = 'untouched' | 'copied' | 'refused';

/** Copying from the field: by the button, or by hand while all of it is selected. Never says copied when it is not known. */
function useCopy(field: RefObject<HTMLTextAreaElement | null>) {
  const [state, setState] = useState<CopyState>('untouched');
  const trying = useRef(false);

  async function copy() {
    const element = field.current;
    if (element === null || trying.current) return;
    const button = document.activeElement;
    trying.current = true;
    const copied = await copyText(element);
    trying.current = false;
    if (copied && button instanceof HTMLElement) button.focus();
    // A refusal after a success does not take the success back.
    setState((was) => (copied || was === 'copied' ? 'copied' : 'refused'));
  }

  function copiedByHand() {
    const element = field.current;
    // While the button tries, the browser's answer counts and not this event.
    if (element === null || trying.current) return;
    if (element.selectionStart === 0 && element.selectionEnd === element.value.length) setState('copied');
  }

  return { state, copy, copiedByHand };
}

/** Asks before an uncopied secret is left, whichever way: within the portal, by Back, or by closing the window. */
function useGuardedLeaving(copied: boolean, onLeave: () => void) {
  const [asking, setAsking] = useState(false);
  const free = useRef(false);
  const blocker = useBlocker(() => !copied && !free.current);
  const blocked = blocker.state === 'blocked';

  useEffect(() => {
    if (copied) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener('beforeunload', warn);
    return () => removeEventListener('beforeunload', warn);
  }, [copied]);

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
