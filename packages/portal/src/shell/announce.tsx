/** Notifications in the page's corner, read out as they come. They say what has happened; what goes on is deletion-notices.tsx. */
import { notifications } from '@mantine/notifications';
import i18next from 'i18next';
import { type ReactNode, useEffect, useRef } from 'react';
import { CheckIcon, InfoIcon } from './icons.tsx';

/** `done`: what the user asked for has been done. `news`: something else has happened. */
export type AnnouncementKind = 'done' | 'news';

export const announcementLook = (kind: AnnouncementKind) => ({
  color: kind === 'done' ? 'green.9' : 'blue',
  icon: kind === 'done' ? <CheckIcon /> : <InfoIcon />,
  closeButtonProps: { 'aria-label': i18next.t('dismiss', { ns: 'tokens' }) },
});

/** A few words, for a few seconds. */
export function announce(kind: AnnouncementKind, message: string): void {
  notifications.show({ message, ...announcementLook(kind) });
}

/** Sentences that want reading: they stay a minute. */
export function announceAtLength(kind: AnnouncementKind, message: string): void {
  const id = `news:${message}`;
  notifications.show({
    id,
    message: <Lasting onEnd={() => notifications.hide(id)}>{message}</Lasting>,
    autoClose: false,
    ...announcementLook(kind),
  });
}

interface LastingProps {
  onEnd: () => void;
  children: ReactNode;
}

const lastsSeconds = 60;

/**
 * The content of a notification that stays for a minute of being looked at: not counted are a hidden window, and the time that
 * pointer or focus are on it.
 */
export function Lasting({ onEnd, children }: LastingProps) {
  const content = useRef<HTMLDivElement>(null);
  const end = useRef(onEnd);
  end.current = onEnd;
  useEffect(() => {
    let left = lastsSeconds;
    const timer = setInterval(() => {
      const notification = content.current?.closest('[role="alert"]');
      if (document.visibilityState === 'hidden' || notification?.matches(':hover, :focus-within')) return;
      left -= 1;
      if (left === 0) end.current();
    }, 1000);
    return () => clearInterval(timer);
  }, []);
  return <div ref={content}>{children}</div>;
}
