/** A notification in the page's corner, read out as it comes. Says what has happened, never what is on its way. */
import { notifications } from '@mantine/notifications';
import i18next from 'i18next';
import { CheckIcon, InfoIcon } from '../shell/icons.tsx';

/** `done`: what the user asked for has been done. `news`: something else has happened. */
export function announce(kind: 'done' | 'news', message: string): void {
  notifications.show({
    message,
    color: kind === 'done' ? 'green.9' : 'blue',
    icon: kind === 'done' ? <CheckIcon /> : <InfoIcon />,
    closeButtonProps: { 'aria-label': i18next.t('dismiss', { ns: 'tokens' }) },
  });
}
