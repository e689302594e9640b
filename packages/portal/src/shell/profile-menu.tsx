/** The profile's name in the top-right corner of every signed-in page, and the menu behind it. */
import { Menu, Text, UnstyledButton } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Me } from '../api/client.ts';
import { ChevronDownIcon } from './icons.tsx';
import { useSignOut } from './sign-out.ts';

export function ProfileMenu({ user }: { user: Me['user'] }) {
  const { t } = useTranslation('shell');
  const { signOut, signingOut } = useSignOut();
  return (
    <Menu position="bottom-end" width={240} offset={4} loop withinPortal={false}>
      <Menu.Target>
        <UnstyledButton className="profile-button">
          <span>{user.name}</span>
          <ChevronDownIcon />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <Text size="xs" truncate title={user.email}>
            {user.email}
          </Text>
        </Menu.Label>
        <Menu.Item component={Link} to="/profile">
          {t('menu.my_profile')}
        </Menu.Item>
        <Menu.Item component={Link} to="/api-overview">
          {t('menu.api')}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item onClick={signOut} closeMenuOnClick={false} aria-disabled={signingOut}>
          {signingOut ? t('signing_out') : t('menu.sign_out')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
