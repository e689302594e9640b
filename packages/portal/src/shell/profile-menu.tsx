/** The profile's name in the top-right corner of every signed-in page, and the menu behind it. */
import {
  Box,
  type MantineColorScheme,
  Menu,
  Text,
  UnstyledButton,
  useMantineColorScheme,
} from '@mantine/core';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Me } from '../api/client.ts';
import { ChevronDownIcon } from './icons.tsx';
import { schemeIcons, schemes } from './scheme-switch.tsx';
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
        <SchemeChoice />
        <Menu.Divider />
        <Menu.Item onClick={signOut} closeMenuOnClick={false} aria-disabled={signingOut}>
          {signingOut ? t('signing_out') : t('menu.sign_out')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function SchemeChoice() {
  const { t } = useTranslation('shell');
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const label = useId();
  return (
    <Box role="group" aria-labelledby={label}>
      <Menu.Label id={label}>{t('scheme.label')}</Menu.Label>
      <Menu.RadioGroup
        value={colorScheme}
        onChange={(scheme) => setColorScheme(scheme as MantineColorScheme)}
      >
        {schemes.map((scheme) => (
          <Menu.RadioItem key={scheme} value={scheme}>
            <span className="scheme-item">
              {schemeIcons[scheme]} {t(`scheme.${scheme}`)}
            </span>
          </Menu.RadioItem>
        ))}
      </Menu.RadioGroup>
    </Box>
  );
}
