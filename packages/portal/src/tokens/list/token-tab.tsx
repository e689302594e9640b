/** The tab Token: the list of the holder's tokens with its search, filter, order and pages, and deleting from it. */
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation, useNavigate } from 'react-router';
import type { Token } from '../../api/client.ts';
import { problemOfFailure } from '../../api/problem.ts';
import { useTokenPage } from '../../api/queries.ts';
import { FailureNotice } from '../../shell/failure-notice.tsx';
import { useDocumentTitle } from '../../shell/page-heading.tsx';
import { DeleteTokenDialog } from '../delete/delete-token-dialog.tsx';
import { useDeletions } from '../delete/deletions.ts';
import type { Deletion } from '../delete/token-deletions.ts';
import { cursorsOf, queryOf, readTableState, type TableState, writeTableState } from './table-state.ts';
import { EmptyList, NothingFound } from './token-list-empty.tsx';
import { TokenPager } from './token-pager.tsx';
import { TokenTable } from './token-table.tsx';
import { newTokenButton, TokenToolbar } from './token-toolbar.tsx';

export function TokenTab() {
  const { t } = useTranslation('tokens');
  useDocumentTitle(t('tabs.token'));
  const [deleting, setDeleting] = useState<Token | null>(null);
  return (
    <>
      <TokenList onDelete={setDeleting} />
      {/* Apart from the list: it outlives a list that has become empty. */}
      <DeleteTokenDialog token={deleting} onClose={() => setDeleting(null)} />
    </>
  );
}

function TokenList({ onDelete }: { onDelete: (token: Token) => void }) {
  const { state, cursors, show, turnTo } = useTableAddress();
  const page = useTokenPage(queryOf(state, cursors));
  const offset = useOffsetOf(page.data, page.isPlaceholderData, cursors.length);
  const deletions = useDeletions();

  const filtered = state.q !== '' || state.status !== null;
  const { data } = page;
  const beyondEnd =
    data !== undefined && !page.isPlaceholderData && data.tokens.length === 0 && cursors.length > 0;
  useEffect(() => {
    if (beyondEnd) turnTo(cursors.slice(0, -1));
  });

  const empty = data?.total === 0 && !filtered && cursors.length === 0;
  useFocusWhenEmptied(empty);

  if (data === undefined && page.isError) {
    return (
      <FailureNotice
        problem={problemOfFailure(page.error)}
        saving="read"
        onRetry={() => void page.refetch()}
      />
    );
  }
  if (empty) return <EmptyList />;
  return (
    <>
      <TokenToolbar state={state} onChange={show} />
      {page.isError && data !== undefined && (
        <FailureNotice
          problem={problemOfFailure(page.error)}
          saving="read"
          onRetry={() => void page.refetch()}
        />
      )}
      {data?.total === 0 ? (
        <NothingFound onClear={() => show({ ...state, q: '', status: null })} />
      ) : (
        <TokenTable
          tokens={data?.tokens.filter(({ id, status }) => status === 'revoked' || !isDone(deletions, id))}
          deletions={deletions}
          stale={page.isPlaceholderData}
          sort={state.sort}
          onSort={(sort) => show({ ...state, sort })}
          onDelete={onDelete}
        />
      )}
      {data !== undefined && data.total > 0 && (
        <TokenPager
          offset={offset}
          count={data.tokens.length}
          total={data.total}
          totalIsCapped={data.total_is_capped}
          busy={page.isPlaceholderData}
          onPrevious={cursors.length > 0 ? () => turnTo(cursors.slice(0, -1)) : null}
          onNext={data.next_cursor !== null ? () => turnTo([...cursors, data.next_cursor ?? '']) : null}
        />
      )}
    </>
  );
}

/** What had the focus above the table goes with it when the last token does. */
function useFocusWhenEmptied(empty: boolean): void {
  const wasEmpty = useRef(empty);
  useEffect(() => {
    const emptied = empty && !wasEmpty.current;
    wasEmpty.current = empty;
    if (emptied && document.activeElement === document.body) {
      document.querySelector<HTMLElement>(newTokenButton)?.focus();
    }
  }, [empty]);
}

/** Its row goes at once, before the list has been read anew. */
const isDone = (deletions: ReadonlyMap<string, Deletion>, id: string) => deletions.get(id)?.phase === 'done';

/** The table's state as its address and history entry hold it, and the ways to another one. */
function useTableAddress() {
  const location = useLocation();
  const navigate = useNavigate();
  const state = readTableState(new URLSearchParams(location.search));
  const cursors = cursorsOf(location.state);

  /** Another search, filter or order begins at its first page. Typing makes no entry for every word in the history. */
  function show(next: TableState, { typing = false }: { typing?: boolean } = {}) {
    const search = writeTableState(next).toString();
    void navigate({ search }, { replace: typing, preventScrollReset: true });
  }

  function turnTo(next: readonly string[]) {
    void navigate({ search: location.search }, { state: { cursors: next } });
  }

  return { state, cursors, show, turnTo };
}

/** How many tokens stand before the page that is shown, which is the last one while the next is on its way. */
function useOffsetOf(data: unknown, stale: boolean, pagesBefore: number): number {
  const shown = useRef(pagesBefore);
  if (data !== undefined && !stale) shown.current = pagesBefore;
  return shown.current;
}
