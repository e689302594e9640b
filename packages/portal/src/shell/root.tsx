/**
 * The outermost route: reads what the portal says of itself before any page is shown, and keeps people off an address where
 * signing in would be refused. Which pages need an account is decided further in.
 */
import { useSyncExternalStore } from 'react';
import { Outlet, ScrollRestoration } from 'react-router';
import { problemOfFailure } from '../api/problem.ts';
import { usePortal } from '../api/queries.ts';
import { LeaveForAccountChanged } from './account-changed-page.tsx';
import { useAccountChanged, useAccountWatch } from './account-watch.ts';
import { ElsewherePage } from './elsewhere-page.tsx';
import { shownSecret } from './shown-secret.ts';
import { UnreachablePage } from './unreachable-page.tsx';
import { Waiting } from './waiting.tsx';

export function Root() {
  const portal = usePortal();
  const accountChanged = useAccountChanged();
  const secretShown = useSyncExternalStore(shownSecret.subscribe, shownSecret.isShown);
  useAccountWatch();
  if (portal.data === undefined) {
    if (!portal.isError) return <Waiting />;
    return <UnreachablePage problem={problemOfFailure(portal.error)} retry={() => void portal.refetch()} />;
  }
  const publicUrl = new URL(portal.data.public_url);
  // A secret that is shown is its reader's last chance: the page goes when it has been let go.
  if (accountChanged && !secretShown) return <LeaveForAccountChanged />;
  if (publicUrl.origin !== location.origin) return <ElsewherePage origin={publicUrl.origin} />;
  return (
    <>
      <Outlet />
      <ScrollRestoration />
    </>
  );
}
