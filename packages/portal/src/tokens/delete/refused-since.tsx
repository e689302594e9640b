/** Since when a deleted token is refused everywhere: the local time to read, the whole instant to hover over, hear and copy. */
import { ActionIcon, VisuallyHidden } from '@mantine/core';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { formatExactInstant, formatTime } from '../../messages/format.ts';
import { copyKeys } from '../../shell/copy-text.ts';
import { Detailed } from '../../shell/detailed.tsx';
import { CheckIcon, CopyIcon } from '../../shell/icons.tsx';
import { useCopying } from '../../shell/use-copying.ts';
import classes from './refused-since.module.css';

interface RefusedSinceProps {
  /** RFC 3339. */
  instant: string;
}

export function RefusedSince({ instant }: RefusedSinceProps) {
  const { t } = useTranslation('tokens');
  const exact = useRef<HTMLElement>(null);
  const { outcome, copy } = useCopying(exact);
  const whole = formatExactInstant(instant);
  return (
    <div className={classes.line}>
      <Detailed detail={[whole, instant]}>
        <span aria-hidden>{t('delete.refused_since', { time: formatTime(instant) })}</span>
        <VisuallyHidden>
          <time dateTime={instant}>{t('delete.refused_since', { time: whole })}</time>
        </VisuallyHidden>
      </Detailed>
      <ActionIcon
        variant="subtle"
        size={24}
        aria-label={t(outcome === 'copied' ? 'copy.copied' : 'copy.copy_what', {
          what: t('delete.the_instant'),
        })}
        onClick={() => void copy()}
      >
        {outcome === 'copied' ? <CheckIcon size={14} /> : <CopyIcon />}
      </ActionIcon>
      <span role="status">
        {outcome === 'refused' && t('copy.press_keys', { keys: copyKeys() })}
        {outcome === 'copied' && <VisuallyHidden>{t('copy.copied')}</VisuallyHidden>}
      </span>
      <span ref={exact} tabIndex={-1} aria-hidden className={classes.exact}>
        {instant}
      </span>
    </div>
  );
}
