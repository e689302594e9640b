/** Light, dark, or as the system has it, for a page without the profile menu. The choice stays in this browser. */
import { SegmentedControl, useMantineColorScheme, VisuallyHidden } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { MoonIcon, ScreenIcon, SunIcon } from './icons.tsx';

export const schemes = ['light', 'dark', 'auto'] as const;
export const schemeIcons: Record<(typeof schemes)[number], ReactNode> = {
  light: <SunIcon size={14} />,
  dark: <MoonIcon size={14} />,
  auto: <ScreenIcon size={14} />,
};

export function SchemeSwitch() {
  const { t } = useTranslation('shell');
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <SegmentedControl
      aria-label={t('scheme.label')}
      size="xs"
      radius="xl"
      withItemsBorders={false}
      transitionDuration={120}
      value={colorScheme}
      onChange={setColorScheme}
      data={schemes.map((value) => ({
        value,
        label: (
          <span className="scheme-choice" title={t(`scheme.${value}`)}>
            {schemeIcons[value]}
            <VisuallyHidden>{t(`scheme.${value}`)}</VisuallyHidden>
          </span>
        ),
      }))}
    />
  );
}
