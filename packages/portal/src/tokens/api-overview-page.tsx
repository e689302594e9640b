/** The page API Overview: its heading and two tabs, each a link with an address of its own. */
import { type KeyboardEvent, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, Outlet, useLocation } from 'react-router';
import { PageHeading } from '../shell/page-heading.tsx';
import classes from './api-overview-page.module.css';
import './delete/deletion-notices.tsx';
import { overviewPath, tokenListPath } from '../shell/paths.ts';
import { deletions } from './delete/deletions.ts';

const tabs = [
  { id: 'overview', path: overviewPath },
  { id: 'token', path: tokenListPath },
] as const;

export function ApiOverviewPage() {
  const { t } = useTranslation('tokens');
  const { pathname } = useLocation();
  useEffect(() => void deletions.resume(), []);
  const current = pathname.startsWith(tokenListPath) ? 'token' : 'overview';
  return (
    <>
      <PageHeading>{t('title')}</PageHeading>
      <TabLinks current={current} />
      <div role="tabpanel" id="api-overview-panel" aria-labelledby={`tab-${current}`}>
        <Outlet />
      </div>
    </>
  );
}

/** Tabs after the ARIA pattern with manual activation: arrows move the focus, Enter or Space opens. */
function TabLinks({ current }: { current: (typeof tabs)[number]['id'] }) {
  const { t } = useTranslation('tokens');
  const list = useRef<HTMLDivElement>(null);

  function onKeyDown(event: KeyboardEvent<HTMLDivElement>) {
    const links = [...(list.current?.querySelectorAll('a') ?? [])];
    const at = links.indexOf(event.target as HTMLAnchorElement);
    if (event.key === ' ') {
      event.preventDefault();
      links[at]?.click();
      return;
    }
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: links.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    links[(to + links.length) % links.length]?.focus();
  }

  return (
    <div
      role="tablist"
      aria-label={t('tabs.label')}
      className={classes.tabs}
      ref={list}
      onKeyDown={onKeyDown}
    >
      {tabs.map(({ id, path }) => (
        <Link
          key={id}
          to={path}
          role="tab"
          id={`tab-${id}`}
          aria-selected={id === current}
          aria-controls={id === current ? 'api-overview-panel' : undefined}
          tabIndex={id === current ? 0 : -1}
          className={classes.tab}
        >
          {t(`tabs.${id}`)}
        </Link>
      ))}
    </div>
  );
}
