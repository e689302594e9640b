/** Stands while a whole page is not there yet. Shows itself only after a moment, so that quick answers do not flicker. */
import { Loader, VisuallyHidden } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';

const shownAfterMs = 300;

export function Waiting() {
  const { t } = useTranslation('shell');
  const [shown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), shownAfterMs);
    return () => clearTimeout(timer);
  }, []);
  return (
    <main className="waiting" aria-busy="true">
      <VisuallyHidden component="h1">{t('loading')}</VisuallyHidden>
      {shown && <Loader size="sm" color="gray" />}
    </main>
  );
}
