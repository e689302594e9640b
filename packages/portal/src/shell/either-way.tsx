/** Around the pages that make sense with and without an account: where the links in mails lead. */
import { Outlet } from 'react-router';
import { useMe } from '../api/queries.ts';
import { Frame } from './frame.tsx';
import { ProfileMenu } from './profile-menu.tsx';

export function EitherWay() {
  const me = useMe().data;
  return (
    <Frame width="narrow" corner={me && <ProfileMenu user={me.user} />}>
      <Outlet />
    </Frame>
  );
}
