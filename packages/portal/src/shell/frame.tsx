/** The frame of every page: skip link, header, the page itself, colour scheme. Knows nothing of who is signed in beyond what it is given. */
import { Anchor } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { usePortal } from '../api/queries.ts';
import './frame.css';
import { BadgeMark } from './icons.tsx';
import { SchemeSwitch } from './scheme-switch.tsx';

interface FrameProps {
  /** At the header's right end: the profile menu, where somebody is signed in. */
  corner?: ReactNode;
  /** Wide for tables, narrow for a single form or notice. */
  width?: 'wide' | 'narrow';
  children: ReactNode;
}

export function Frame({ corner, width = 'wide', children }: FrameProps) {
  const { t } = useTranslation('shell');
  const portal = usePortal().data?.name ?? t('portal_name');
  return (
    <div className="frame">
      <a className="skip-link" href="#content">
        {t('skip_to_content')}
      </a>
      <header className="frame-header">
        <Anchor
          component={Link}
          to="/"
          className="frame-name"
          underline="never"
          aria-label={t('home', { portal })}
        >
          <BadgeMark />
          <span>{portal}</span>
        </Anchor>
        {corner}
      </header>
      <main id="content" tabIndex={-1} className="frame-main" data-width={width}>
        {children}
      </main>
      {/* Whoever is signed in has it in the profile menu. */}
      {!corner && (
        <footer className="frame-footer">
          <SchemeSwitch />
        </footer>
      )}
    </div>
  );
}
