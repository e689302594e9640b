/** A short text with its detail in a tooltip, on hover, focus and touch; Escape hides it. */
import { getDefaultZIndex, Text, Tooltip } from '@mantine/core';
import type { ReactNode } from 'react';
import { formatInstant } from '../messages/format.ts';
import classes from './detailed.module.css';

interface DetailedProps {
  /** The tooltip's lines. */
  detail: readonly string[];
  children: ReactNode;
}

export function Detailed({ detail, children }: DetailedProps) {
  return (
    <Tooltip
      label={detail.join('\n')}
      classNames={{ tooltip: classes.tooltip }}
      multiline
      maw={320}
      openDelay={150}
      // It may stand on a dialog or a notification.
      zIndex={getDefaultZIndex('max')}
    >
      <Text span inherit tabIndex={0} className={classes.text}>
        {children}
      </Text>
    </Tooltip>
  );
}

/** An instant exactly: in the reader's zone, and as the API writes it. */
export function exactly(instant: string): string[] {
  return [formatInstant(instant), instant];
}
