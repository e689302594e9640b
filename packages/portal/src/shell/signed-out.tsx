/** Around the pages for people who are not signed in. Whoever is, goes on to the page they wanted. */
import { useEffect } from 'react';
import { Navigate, Outlet, useSearchParams } from 'react-router';
import { pageAccount } from '../api/page-account.ts';
import { forgetAccount, useMe } from '../api/queries.ts';
import { Frame } from './frame.tsx';
import { safeReturnPath } from './return-path.ts';
import { Waiting } from './waiting.tsx';

export function SignedOut() {
  const me = useMe();
  const [query] = useSearchParams();
  const nobody = me.data === null;
  useEffect(() => {
    if (!nobody) return;
    pageAccount.leave();
    forgetAccount();
  }, [nobody]);
  if (me.data) return <Navigate to={safeReturnPath(query.get('return_to'), location.origin)} replace />;
  if (me.isPending) return <Waiting />;
  return (
    <Frame width="narrow">
      <Outlet />
    </Frame>
  );
}
