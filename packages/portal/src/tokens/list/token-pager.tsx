/** Under the table: which tokens are shown of how many, and the way to the pages around. */
import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { formatNumber } from '../../messages/format.ts';
import { pageLength } from './table-state.ts';
import classes from './token-pager.module.css';

interface TokenPagerProps {
  /** Pages before the one that is shown. */
  offset: number;
  /** Tokens on the page that is shown. */
  count: number;
  total: number;
  /** Whether there are more than `total`. */
  totalIsCapped: boolean;
  busy: boolean;
  /** null: there is no page that way. */
  onPrevious: (() => void) | null;
  onNext: (() => void) | null;
}

export function TokenPager({
  offset,
  count,
  total,
  totalIsCapped,
  busy,
  onPrevious,
  onNext,
}: TokenPagerProps) {
  const { t } = useTranslation('tokens');
  const from = offset * pageLength + 1;
  return (
    <nav className={classes.pager} aria-label={t('list.pages')}>
      <span role="status" className={classes.range}>
        {t(totalIsCapped ? 'list.range_of_more' : 'list.range', {
          from: formatNumber(from),
          to: formatNumber(from + count - 1),
          total: formatNumber(total),
        })}
      </span>
      {(onPrevious !== null || onNext !== null) && (
        <div className={classes.buttons}>
          <TurnButton label={t('list.previous')} busy={busy} onTurn={onPrevious} />
          <TurnButton label={t('list.next')} busy={busy} onTurn={onNext} />
        </div>
      )}
    </nav>
  );
}

/** Keeps the focus when it ends at the last page: it says that it is disabled, but stays where it is. */
function TurnButton({ label, busy, onTurn }: { label: string; busy: boolean; onTurn: (() => void) | null }) {
  return (
    <Button
      variant="default"
      size="xs"
      aria-disabled={onTurn === null}
      {...(onTurn === null && { 'data-disabled': true })}
      onClick={() => {
        if (!busy) onTurn?.();
      }}
    >
      {label}
    </Button>
  );
}
