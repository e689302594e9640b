/**
 * The token table. Its rows become cards where the columns do not fit; the roles are spelled out because a table that
 * is laid out otherwise loses them. Reads nothing by itself.
 */
import { Skeleton, Table, UnstyledButton, VisuallyHidden } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Token } from '../../api/client.ts';
import { useNowMs } from '../../messages/now.ts';
import { SortIcon } from '../../shell/icons.tsx';
import type { Deletion } from '../delete/token-deletions.ts';
import { type Column, columnOf, columns, isDescending, type Sort, sortAfterClick } from './table-state.ts';
import { TokenRow } from './token-row.tsx';
import classes from './token-table.module.css';

interface TokenTableProps {
  /** undefined: not read yet. */
  tokens: readonly Token[] | undefined;
  /** The tokens are of the question before; the ones asked for are on their way. */
  stale: boolean;
  sort: Sort;
  onSort: (sort: Sort) => void;
  /** Those of this page, by token id. */
  deletions: ReadonlyMap<string, Deletion>;
  onDelete: (token: Token) => void;
}

const skeletonRows = ['a', 'b', 'c', 'd', 'e', 'f'];

export function TokenTable({ tokens, stale, sort, onSort, deletions, onDelete }: TokenTableProps) {
  const { t } = useTranslation('tokens');
  const nowMs = useNowMs();
  return (
    <Table
      role="table"
      withRowBorders={false}
      className={classes.table}
      aria-label={t('list.caption')}
      aria-busy={tokens === undefined || stale}
      data-stale={stale || undefined}
    >
      <Table.Thead role="rowgroup">
        <Table.Tr role="row">
          {columns.map((column) => (
            <SortableHeading key={column} column={column} sort={sort} onSort={onSort} />
          ))}
          <Table.Th role="columnheader" className={classes.more_heading}>
            {t('column.more')}
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody role="rowgroup">
        {tokens === undefined
          ? skeletonRows.map((key) => <SkeletonRow key={key} />)
          : tokens.map((token) => (
              <TokenRow
                key={token.id}
                token={token}
                nowMs={nowMs}
                deletion={deletions.get(token.id)}
                onDelete={onDelete}
              />
            ))}
      </Table.Tbody>
    </Table>
  );
}

interface SortableHeadingProps {
  column: Column;
  sort: Sort;
  onSort: (sort: Sort) => void;
}

function SortableHeading({ column, sort, onSort }: SortableHeadingProps) {
  const { t } = useTranslation('tokens');
  const direction =
    columnOf(sort) !== column
      ? 'none'
      : isDescending(sort)
        ? ('descending' as const)
        : ('ascending' as const);
  return (
    <Table.Th role="columnheader" aria-sort={direction} data-column={column} className={classes.heading}>
      <UnstyledButton
        className={classes.sort}
        data-direction={direction}
        onClick={() => onSort(sortAfterClick(column, sort))}
      >
        {t(`column.${column}`)}
        <SortIcon direction={direction} />
      </UnstyledButton>
    </Table.Th>
  );
}

/** As high as a row, so that nothing moves when the rows come. */
function SkeletonRow() {
  const { t } = useTranslation('tokens');
  return (
    <Table.Tr role="row" className={classes.row}>
      {columns.map((column, at) => (
        <Table.Td key={column} role="cell" className={classes.skeleton}>
          {at === 0 && <VisuallyHidden>{t('list.loading')}</VisuallyHidden>}
          <Skeleton height={10} width={at === 0 ? '70%' : '80%'} radius="xl" />
        </Table.Td>
      ))}
      <Table.Td role="cell" className={classes.more} />
    </Table.Tr>
  );
}
