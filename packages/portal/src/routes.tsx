/** Every address of the portal and the page behind it; a new one goes into page-addresses.ts too. Pages load when they are first opened. */
import { Navigate, type RouteObject } from 'react-router';
import { CrashPage } from './shell/crash-page.tsx';
import { startPath } from './shell/return-path.ts';
import { Root } from './shell/root.tsx';
import { SignedOut } from './shell/signed-out.tsx';
import { Waiting } from './shell/waiting.tsx';

const account = () => import('./account/index.tsx');
const tokens = () => import('./tokens/index.tsx');

export const routes: RouteObject[] = [
  {
    Component: Root,
    ErrorBoundary: CrashPage,
    HydrateFallback: Waiting,
    children: [
      { index: true, element: <Navigate to={startPath} replace /> },
      {
        Component: SignedOut,
        children: [
          { path: 'sign-in', lazy: async () => ({ Component: (await account()).SignInPage }) },
          { path: 'sign-up', lazy: async () => ({ Component: (await account()).SignUpPage }) },
        ],
      },
      {
        lazy: async () => ({ Component: (await import('./shell/either-way.tsx')).EitherWay }),
        children: [
          {
            path: 'forgot-password',
            lazy: async () => ({ Component: (await account()).ForgotPasswordPage }),
          },
          { path: 'reset-password', lazy: async () => ({ Component: (await account()).ResetPasswordPage }) },
          { path: 'verify-email', lazy: async () => ({ Component: (await account()).VerifyEmailPage }) },
        ],
      },
      {
        lazy: async () => ({ Component: (await import('./shell/signed-in.tsx')).SignedIn }),
        children: [
          {
            path: 'profile',
            lazy: async () => ({ Component: (await import('./account/profile-page.tsx')).ProfilePage }),
          },
          {
            path: 'api-overview',
            lazy: async () => ({ Component: (await tokens()).ApiOverviewPage }),
            children: [
              {
                index: true,
                lazy: async () => ({
                  Component: (await import('./api-reference/overview-tab.tsx')).OverviewTab,
                }),
              },
              { path: 'token', lazy: async () => ({ Component: (await tokens()).TokenTab }) },
            ],
          },
          {
            path: 'api-overview/token/new',
            lazy: async () => ({ Component: (await tokens()).CreateTokenPage }),
          },
        ],
      },
      {
        path: 'account-changed',
        lazy: async () => ({
          Component: (await import('./shell/account-changed-page.tsx')).AccountChangedPage,
        }),
      },
      {
        path: '*',
        lazy: async () => ({ Component: (await import('./shell/not-found-page.tsx')).NotFoundPage }),
      },
    ],
  },
];
