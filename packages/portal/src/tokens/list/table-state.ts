/**
 * What the token table shows, as its address says it: search, status and order in the query, so that Back, reload and a
 * copied link lead to the same table. The page is a list of cursors in the history entry. Pure.
 */
import type { TokenListQuery, TokenStatus } from '../../api/client.ts';

export const pageLength = 20;

export const columns = ['name', 'token', 'status', 'created_at', 'expires_at', 'last_used_at'] as const;
export type Column = (typeof columns)[number];
export type Sort = Column | `-${Column}`;

export const statuses: readonly TokenStatus[] = ['active', 'expires_soon', 'expired', 'revoked'];

export interface TableState {
  /** Part of a name, trimmed; empty for all. */
  q: string;
  /** null: all but the revoked ones. */
  status: TokenStatus | null;
  sort: Sort;
}

export const defaultSort: Sort = '-created_at';

/** Reads an address's query; what it does not know it takes for the default. */
export function readTableState(params: URLSearchParams): TableState {
  const status = params.get('status');
  const sort = params.get('sort');
  return {
    q: (params.get('q') ?? '').trim().slice(0, 100),
    status: statuses.find((known) => known === status) ?? null,
    sort: sorts.find((known) => known === sort) ?? defaultSort,
  };
}

export const sorts: readonly Sort[] = columns.flatMap((column): Sort[] => [column, `-${column}`]);

/** The shortest query that says the same: defaults are left out. */
export function writeTableState({ q, status, sort }: TableState): URLSearchParams {
  const params = new URLSearchParams();
  if (q !== '') params.set('q', q);
  if (status !== null) params.set('status', status);
  if (sort !== defaultSort) params.set('sort', sort);
  return params;
}

export function columnOf(sort: Sort): Column {
  return sort.replace('-', '') as Column;
}

export function isDescending(sort: Sort): boolean {
  return sort.startsWith('-');
}

/** A column's first order is the one that is mostly wanted: what happened last first, what ends soonest first. */
const descendingFirst: readonly Column[] = ['created_at', 'last_used_at'];

/** The order after a click on a column's heading: its first order, then the other way round. */
export function sortAfterClick(column: Column, current: Sort): Sort {
  if (columnOf(current) === column) return isDescending(current) ? column : `-${column}`;
  return descendingFirst.includes(column) ? `-${column}` : column;
}

/** The cursors that lead to the page of a history entry, first to last; none: the first page. */
export function cursorsOf(historyState: unknown): readonly string[] {
  if (typeof historyState !== 'object' || historyState === null || !('cursors' in historyState)) return [];
  const { cursors } = historyState;
  return Array.isArray(cursors)
    ? cursors.filter((cursor): cursor is string => typeof cursor === 'string')
    : [];
}

/** The question for the server. */
export function queryOf({ q, status, sort }: TableState, cursors: readonly string[]): TokenListQuery {
  const cursor = cursors.at(-1);
  return {
    sort,
    limit: pageLength,
    ...(q !== '' && { q }),
    ...(status !== null && { status }),
    ...(cursor !== undefined && { cursor }),
  };
}
