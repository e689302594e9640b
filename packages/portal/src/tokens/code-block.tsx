/** Lines to copy: monospace, as they are, with a Copy button that says Copied only when that is so. */
import { Button } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CheckIcon } from '../shell/icons.tsx';
import classes from './code-block.module.css';
import { copyKeys, copyText } from './copy-text.ts';
import { CopyIcon } from './icons.tsx';

interface CodeBlockProps {
  code: string;
  /** What is copied, as in "Copy the curl line"; without it there is no button. */
  what?: string;
}

/** How long the button says Copied. */
const saidForMs = 2_000;

export function CodeBlock({ code, what }: CodeBlockProps) {
  const { t } = useTranslation('tokens');
  const lines = useRef<HTMLElement>(null);
  const [outcome, setOutcome] = useState<'copied' | 'refused' | null>(null);
  useEffect(() => {
    if (outcome !== 'copied') return;
    const timer = setTimeout(() => setOutcome(null), saidForMs);
    return () => clearTimeout(timer);
  }, [outcome]);

  async function copy() {
    if (lines.current === null) return;
    const button = document.activeElement;
    const copied = await copyText(lines.current);
    if (copied && button instanceof HTMLElement) button.focus();
    setOutcome(copied ? 'copied' : 'refused');
  }

  return (
    <div className={classes.block}>
      <pre className={classes.lines}>
        <code ref={lines} tabIndex={-1}>
          {code}
        </code>
      </pre>
      {what !== undefined && (
        <Button
          variant="default"
          size="compact-sm"
          className={classes.copy}
          aria-label={outcome === null ? t('copy.copy_what', { what }) : undefined}
          leftSection={outcome === 'copied' ? <CheckIcon size={14} /> : <CopyIcon />}
          onClick={() => void copy()}
        >
          {outcome === 'refused'
            ? t('copy.press_keys', { keys: copyKeys() })
            : t(outcome === 'copied' ? 'copy.copied' : 'copy.copy')}
        </Button>
      )}
    </div>
  );
}
