/** What stands around every page: the theme, the query cache, notifications and the router. */
import { MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { lazy, Suspense, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { createBrowserRouter } from 'react-router';
import { RouterProvider } from 'react-router/dom';
import { queryClient } from './api/queries.ts';
import { routes } from './routes.tsx';
import { cssVariables, makeTheme } from './theme.ts';

const router = createBrowserRouter(routes);

/** Nothing is notified before somebody acts, so this need not hold up the first page. */
const Notifications = lazy(async () => ({ default: (await import('@mantine/notifications')).Notifications }));

export function App() {
  const { t } = useTranslation('shell');
  const theme = useMemo(() => makeTheme({ close: t('close') }), [t]);
  return (
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
        <Suspense>
          {/* Not to be dragged away: what they say may be selected. */}
          <Notifications
            position="bottom-right"
            limit={3}
            transitionDuration={120}
            allowDragDismiss={false}
            notificationMaxHeight={400}
          />
        </Suspense>
      </QueryClientProvider>
    </MantineProvider>
  );
}
