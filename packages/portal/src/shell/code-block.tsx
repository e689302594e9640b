/** Lines to copy: monospace, as they are, with a Copy button that says Copied only when that is so. */
import { Button } from '@mantine/core';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './code-block.module.css';
import { copyKeys } from './copy-text.ts';
import { CheckIcon, CopyIcon } from './icons.tsx';
import { useCopying } from './use-copying.ts';

interface CodeBlockProps {
  code: string;
  /** What is copied, as in "Copy the curl line"; without it there is no button. */
  what?: string;
}

export function CodeBlock({ code, what }: CodeBlockProps) {
  const { t } = useTranslation('tokens');
  const lines = useRef<HTMLElement>(null);
  const { outcome, copy } = useCopying(lines);
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
