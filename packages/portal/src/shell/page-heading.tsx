/**
 * The one h1 of a page. Names the document after it, and takes the focus after a change of page, so that a screen
 * reader reads where one has come and the next Tab goes into the page.
 */
import { Title } from '@mantine/core';
import { type ReactNode, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'react-router';
import { usePortal } from '../api/queries.ts';

interface PageHeadingProps {
  children: string;
  /** For the document's title, where the heading alone says too little. */
  documentTitle?: string;
  /** Takes the focus wherever one came from: for a heading that replaces another at the same address. */
  announced?: boolean;
  /** Stands at the end of the heading's line: the page's one main button. */
  action?: ReactNode;
}

export function PageHeading({
  children,
  documentTitle = children,
  announced = false,
  action,
}: PageHeadingProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const arrivedByLink = useLocation().key !== 'default';
  const arrived = useRef(arrivedByLink || announced);
  useDocumentTitle(documentTitle);
  useEffect(() => {
    if (arrived.current) heading.current?.focus({ preventScroll: true });
  }, []);
  const title = (
    <Title order={1} ref={heading} tabIndex={-1}>
      {children}
    </Title>
  );
  if (action === undefined) return title;
  return (
    <div style={{ display: 'flex', flexWrap: 'wrap', gap: '1rem', justifyContent: 'space-between' }}>
      {title}
      {action}
    </div>
  );
}

/** Names the document `page · portal`. */
export function useDocumentTitle(page: string): void {
  const { t } = useTranslation('shell');
  const portal = usePortal().data?.name ?? t('portal_name');
  useEffect(() => {
    document.title = t('page_title', { page, portal });
  }, [t, page, portal]);
}
