/**
 * Around every page that needs an account: the header with the profile's name, or the way to the sign-in page and back. The
 * server decides what an account may read; this only spares a stranger empty pages.
 */
import { useEffect, useRef } from 'react';
import { Outlet, useLocation, useNavigate } from 'react-router';
import type { Me } from '../api/client.ts';
import { problemOfFailure } from '../api/problem.ts';
import { useMe } from '../api/queries.ts';
import { Frame } from './frame.tsx';
import { ProfileMenu } from './profile-menu.tsx';
import { signInPath } from './return-path.ts';
import { UnreachablePage } from './unreachable-page.tsx';
import { Waiting } from './waiting.tsx';

export function SignedIn() {
  const me = useMe();
  const navigate = useNavigate();
  const { pathname, search, hash } = useLocation();
  const last = useRef<Me | null>(null);
  if (me.data) last.current = me.data;
  const signedOut = me.data === null && !me.isFetching;

  useEffect(() => {
    if (!signedOut) return;
    const ended = last.current !== null;
    void navigate(signInPath(`${pathname}${search}${hash}`, ended), { replace: true });
  }, [signedOut, navigate, pathname, search, hash]);

  // Each page asks anew, so that a session ended elsewhere ends here with the next click.
  const { refetch } = me;
  const asked = useRef(pathname);
  useEffect(() => {
    if (asked.current === pathname) return;
    asked.current = pathname;
    void refetch();
  }, [pathname, refetch]);

  useEffect(() => {
    // Back to a page that the browser had put aside whole: somebody may have signed out since.
    const readAnew = (event: PageTransitionEvent): void => {
      if (event.persisted) location.reload();
    };
    window.addEventListener('pageshow', readAnew);
    return () => window.removeEventListener('pageshow', readAnew);
  }, []);

  // A session that ended keeps its page until the way to the sign-in page is free: a page that must not be left
  // (an uncopied secret) may hold it up.
  const shown = me.data ?? last.current;
  if (shown !== null) {
    return (
      <Frame corner={<ProfileMenu user={shown.user} />}>
        <Outlet />
      </Frame>
    );
  }
  if (me.isError) {
    return <UnreachablePage problem={problemOfFailure(me.error)} retry={() => void me.refetch()} />;
  }
  return <Waiting />;
}
