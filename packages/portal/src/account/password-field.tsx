/** A password's field with a button that shows what is typed, reachable by keyboard. */
import { PasswordInput, type PasswordInputProps } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { EyeIcon, EyeOffIcon } from '../shell/icons.tsx';

export function PasswordField(props: PasswordInputProps & { autoComplete: string }) {
  const { t } = useTranslation('account');
  const [visible, setVisible] = useState(false);
  return (
    <PasswordInput
      required
      withAsterisk={false}
      spellCheck={false}
      autoCapitalize="none"
      {...props}
      visible={visible}
      onVisibilityChange={setVisible}
      visibilityToggleIcon={({ reveal }) => (reveal ? <EyeOffIcon /> : <EyeIcon />)}
      visibilityToggleButtonProps={{
        'aria-label': t(visible ? 'hide_password' : 'show_password'),
        'aria-pressed': visible,
        tabIndex: 0,
      }}
    />
  );
}
