/**
 * The field that shows the secret of shown-secret.ts, and copying from it. The secret is in the field's value and nowhere else in
 * the page: not in its HTML, not in the state of any component.
 */
import { type RefObject, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { copyText } from './copy-text.ts';
import classes from './secret-field.module.css';
import { shownSecret } from './shown-secret.ts';

/** Of the secret in the dialog at its full width. Where less fits, the field grows if the browser can, or else scrolls. */
const charactersInLine = 52;

export type CopyState = 'untouched' | 'copied' | 'refused';

export interface SecretCopying {
  field: RefObject<HTMLTextAreaElement | null>;
  state: CopyState;
  copy: () => Promise<void>;
  copiedByHand: () => void;
}

interface SecretFieldProps {
  tokenName: string;
  copying: SecretCopying;
}

export function SecretField({ tokenName, copying: { field, copiedByHand } }: SecretFieldProps) {
  const { t } = useTranslation('tokens');
  return (
    <textarea
      ref={(element) => {
        field.current = element;
        if (element === null) return;
        fill(element);
        element.rows = Math.ceil(element.value.length / charactersInLine);
      }}
      className={classes.secret}
      aria-label={t('secret.field', { name: tokenName })}
      translate="no"
      readOnly
      rows={1}
      spellCheck={false}
      autoComplete="off"
      onFocus={({ currentTarget }) => currentTarget.select()}
      onCopy={copiedByHand}
    />
  );
}

/** Whatever another program has written into it. */
function fill(field: HTMLTextAreaElement): void {
  const secret = shownSecret.current()?.secret ?? '';
  if (field.value !== secret) field.value = secret;
}

/** Copying from the field: by the button, or by hand while all of it is selected. Never says copied when it is not known. */
export function useSecretCopying(): SecretCopying {
  const field = useRef<HTMLTextAreaElement>(null);
  const [state, setState] = useState<CopyState>('untouched');
  const trying = useRef(false);

  async function copy(): Promise<void> {
    const element = field.current;
    if (element === null || trying.current) return;
    const button = document.activeElement;
    trying.current = true;
    fill(element);
    const copied = await copyText(element);
    trying.current = false;
    if (copied && button instanceof HTMLElement) button.focus();
    // A refusal after a success does not take the success back.
    setState((was) => (copied || was === 'copied' ? 'copied' : 'refused'));
  }

  function copiedByHand(): void {
    const element = field.current;
    // While the button tries, the browser's answer counts and not this event.
    if (element === null || trying.current) return;
    if (element.selectionStart === 0 && element.selectionEnd === element.value.length) setState('copied');
  }

  return { field, state, copy, copiedByHand };
}

/** Has the browser ask before the window goes, for as long as the secret is not copied. */
export function useUnloadWarning(copied: boolean): void {
  useEffect(() => {
    if (copied) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener('beforeunload', warn);
    return () => removeEventListener('beforeunload', warn);
  }, [copied]);
}
