/** One token's row in the table, or its card where the table is narrow. */
import { ActionIcon, Menu, Table } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Token, TokenStatus } from '../../api/client.ts';
import { formatDate, formatRelative } from '../../messages/format.ts';
import { Detailed, exactly } from '../../shell/detailed.tsx';
import { MoreIcon, TrashIcon } from '../../shell/icons.tsx';
import type { Deletion } from '../delete/token-deletions.ts';
import type { Column } from './table-state.ts';
import classes from './token-table.module.css';

interface TokenRowProps {
  token: Token;
  nowMs: number;
  deletion: Deletion | undefined;
  onDelete: (token: Token) => void;
}

export function TokenRow({ token, nowMs, deletion, onDelete }: TokenRowProps) {
  const unsettled = deletionMark(deletion);
  return (
    <Table.Tr role="row" className={classes.row} data-status={token.status}>
      <Table.Th role="rowheader" scope="row" className={classes.name}>
        <bdi>{token.name}</bdi>
      </Table.Th>
      <Table.Td role="cell" className={classes.token}>
        <code>{token.masked}</code>
      </Table.Td>
      <Table.Td role="cell" className={classes.status_cell}>
        {unsettled === null ? <StatusMark status={token.status} /> : <DeletionMark mark={unsettled} />}
      </Table.Td>
      <LabelledCell column="created_at">
        <Detailed detail={exactly(token.created_at)}>{formatDate(token.created_at)}</Detailed>
      </LabelledCell>
      <LabelledCell column="expires_at">
        <ExpiredDate token={token} />
      </LabelledCell>
      <LabelledCell column="last_used_at">
        <LastUse token={token} nowMs={nowMs} />
      </LabelledCell>
      <Table.Td role="cell" className={classes.more}>
        {(token.status !== 'revoked' || unsettled !== null) && <MoreMenu token={token} onDelete={onDelete} />}
      </Table.Td>
    </Table.Tr>
  );
}

/** A cell that names its column itself where the headings are not shown. */
function LabelledCell({ column, children }: { column: Column; children: ReactNode }) {
  const { t } = useTranslation('tokens');
  return (
    <Table.Td role="cell" className={classes.labelled} data-label={t(`column.${column}`)}>
      {children}
    </Table.Td>
  );
}

function StatusMark({ status }: { status: TokenStatus }) {
  const { t } = useTranslation('tokens');
  return (
    <span className={classes.status} data-status={status}>
      {t(`status.${status}`)}
    </span>
  );
}

/** What stands in place of the status: null where the token is what the server says that it is. */
function deletionMark(deletion: Deletion | undefined): 'running' | 'failed' | null {
  if (deletion?.phase === 'running') return 'running';
  return deletion?.phase === 'failed' && deletion.deleted !== 'no' ? 'failed' : null;
}

function DeletionMark({ mark }: { mark: 'running' | 'failed' }) {
  const { t } = useTranslation('tokens');
  return (
    <span className={classes.status} data-status={mark === 'running' ? 'revoked' : 'expires_soon'}>
      {t(`delete.row.${mark}`)}
    </span>
  );
}

function ExpiredDate({ token }: { token: Token }) {
  const { t } = useTranslation('tokens');
  if (token.expires_at === null) return <span className={classes.never}>{t('never')}</span>;
  return <Detailed detail={exactly(token.expires_at)}>{formatDate(token.expires_at)}</Detailed>;
}

function LastUse({ token, nowMs }: { token: Token; nowMs: number }) {
  const { t } = useTranslation('tokens');
  if (token.last_used_at === null) return <span className={classes.never}>{t('never')}</span>;
  const detail = exactly(token.last_used_at);
  if (token.last_used_address !== null)
    detail.push(t('list.used_from', { address: token.last_used_address }));
  if (token.last_used_client !== null) detail.push(token.last_used_client);
  if (token.last_used_reported_by !== null)
    detail.push(t('list.used_reported_by', { service: token.last_used_reported_by }));
  // The server's clock may be a little ahead of this one: nothing was used in the future.
  const usedMs = Math.min(Date.parse(token.last_used_at), nowMs);
  return <Detailed detail={detail}>{formatRelative(usedMs, nowMs)}</Detailed>;
}

/** Selects a row's More button in the page, for the focus to come back to. */
export const moreButtonOf = (token: Token) => `[data-more="${CSS.escape(token.id)}"]`;

function MoreMenu({ token, onDelete }: { token: Token; onDelete: (token: Token) => void }) {
  const { t } = useTranslation('tokens');
  return (
    <Menu position="bottom-end" width={160}>
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          size={28}
          data-more={token.id}
          aria-label={t('list.more_of', { name: token.name })}
        >
          <MoreIcon />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          className={classes.destructive}
          leftSection={<TrashIcon />}
          onClick={() => onDelete(token)}
        >
          {t('list.delete')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
