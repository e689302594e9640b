/**
 * What the pages read and write, as hooks over one query cache. Lists and accounts are cached in memory; a
 * created token's secret passes through here to its caller and is never kept: creation is deliberately no
 * mutation, because the mutation cache would hold its answer.
 */
import {
  keepPreviousData,
  MutationCache,
  QueryCache,
  QueryClient,
  queryOptions,
  useQuery,
} from '@tanstack/react-query';
import {
  bodyOf,
  type CreatedToken,
  client,
  type DeletedToken,
  fetchWithin,
  type Me,
  type Token,
  type TokenDraft,
  type TokenListQuery,
  type TokenPage,
} from './client.ts';
import { withHeld } from './held-tokens.ts';
import { tellOtherWindows } from './other-windows.ts';
import { pageAccount } from './page-account.ts';
import { Problem } from './problem.ts';

const meKey = ['me'] as const;
const tokensKey = ['tokens'] as const;

/** A session that ended elsewhere is noticed on the next call, whatever it is: the shell then asks to sign in. */
function noticeSessionEnd(error: unknown): void {
  if (error instanceof Problem && error.code === 'unauthenticated') queryClient.setQueryData(meKey, null);
}

export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: noticeSessionEnd }),
  mutationCache: new MutationCache({ onError: noticeSessionEnd }),
  defaultOptions: {
    queries: {
      networkMode: 'always',
      staleTime: 10_000,
      retry: (failures, error) => failures < 2 && !(error instanceof Problem && error.saved === 'no'),
      retryDelay: (failures) => 400 * 2 ** failures,
    },
    mutations: { networkMode: 'always', retry: false, gcTime: 0 },
  },
});

const portalQuery = queryOptions({
  queryKey: ['portal'],
  queryFn: ({ signal }) => bodyOf(client.GET('/api/v1/portal', { signal })),
  // The page that says so would else ask again by being shown, and so on for ever.
  retryOnMount: false,
  staleTime: 5 * 60_000,
});

const meQuery = queryOptions({
  queryKey: meKey,
  retryOnMount: false,
  staleTime: 60_000,
  queryFn: async ({ signal }): Promise<Me | null> => {
    const { user } = await bodyOf(client.GET('/api/v1/session', { signal }));
    if (user === null) return null;
    if (pageAccount.draw(user.id)) return { user };
    throw new Problem({ code: 'account_changed', status: 409, saved: 'no' });
  },
});

/** The portal's name, address and sign-up rules. */
export function usePortal() {
  return useQuery(portalQuery);
}

/** The signed-in account, or null when nobody is signed in. */
export function useMe() {
  return useQuery(meQuery);
}

/** Asks anew who is signed in; the pages follow. Failing, it leaves everything as it is. */
export async function lookWhoIsSignedIn(): Promise<void> {
  await queryClient.refetchQueries({ queryKey: meKey }, { cancelRefetch: false });
}

/** After signing in, out, or changing the account: forgets everything read so far and reads anew, here and in other windows. */
export async function accountChanged(): Promise<void> {
  forgetAccount();
  tellOtherWindows();
  await queryClient.invalidateQueries();
}

/** Forgets everything that was read for an account. */
export function forgetAccount(): void {
  queryClient.removeQueries({
    predicate: (query) => query.queryKey[0] !== 'portal' && query.queryKey[0] !== 'me',
  });
}

/** One page of the holder's tokens; while the next one loads, the last one stays. */
export function useTokenPage(query: TokenListQuery) {
  const queryKey = [...tokensKey, query];
  return useQuery({
    queryKey,
    queryFn: async ({ signal }) => {
      const fresh = await bodyOf(client.GET('/api/v1/tokens', { params: { query }, signal }));
      return withHeld(fresh, queryClient.getQueryData<TokenPage>(queryKey), heldTokens);
    },
    placeholderData: keepPreviousData,
  });
}

const heldTokens = new Set<string>();

/** Whether lists keep showing a token that the server lists no more, for as long as its deletion is not certain. */
export function holdInLists(id: string, held: boolean): void {
  if (held) heldTokens.add(id);
  else heldTokens.delete(id);
}

/** Reads the token lists anew, now where one is on screen and otherwise when one is next shown. */
export function tokensChanged(): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: tokensKey });
}

/**
 * Creates a token, or fetches the answer of an earlier call with the same key again (for ten minutes).
 * Throws a `Problem`; with `saved: 'unknown'` call again with the same key.
 */
export async function createToken(draft: TokenDraft, idempotencyKey: string): Promise<CreatedToken> {
  try {
    return await bodyOf(
      client.POST('/api/v1/tokens', {
        body: draft,
        params: { header: { 'idempotency-key': idempotencyKey } },
      }),
    );
  } catch (error) {
    noticeSessionEnd(error);
    throw error;
  } finally {
    void tokensChanged();
  }
}

/** The server answers once the token is refused everywhere: after a minute at most, as the operator sets it, and a little. */
const deletedWithinMs = 90_000;

/**
 * Deletes a token, and those that it made if they are to go with it; resolves once the server says that all are refused everywhere. Goes on when the page is left. Throws a
 * `Problem`. A second call does no harm: it waits again.
 */
export async function deleteToken(id: string, withMade = false): Promise<DeletedToken> {
  try {
    return await bodyOf(
      client.DELETE('/api/v1/tokens/{id}', {
        params: { path: { id }, query: withMade ? { made: 'delete' } : {} },
        fetch: fetchWithin(deletedWithinMs),
        keepalive: true,
      }),
    );
  } catch (error) {
    noticeSessionEnd(error);
    throw error;
  }
}

/** How many tokens that were not deleted a token made, and those made, and so on; 0 until it is known. */
export function useMadeTokens(id: string): number {
  const { data = 0 } = useQuery({
    queryKey: [...tokensKey, 'made', id],
    queryFn: async ({ signal }) => {
      const call = client.GET('/api/v1/tokens/{id}', { params: { path: { id } }, signal });
      return (await bodyOf(call)).made_tokens;
    },
  });
  return data;
}

/** A look that is not to hold up what waits for it. */
const readWithinMs = 3_000;

/** One token as it is now. Throws a `Problem`. */
export async function readToken(id: string): Promise<Token> {
  const call = client.GET('/api/v1/tokens/{id}', {
    params: { path: { id } },
    fetch: fetchWithin(readWithinMs),
  });
  return (await bodyOf(call)).token;
}
