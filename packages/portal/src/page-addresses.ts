/**
 * Every address that a page stands at, for the server: it answers any other with the page that says so, and the status 404. A
 * test holds this list against the routes. Also read by the build, so it imports nothing.
 */
export const pageAddresses = [
  '/',
  '/sign-in',
  '/sign-up',
  '/forgot-password',
  '/reset-password',
  '/verify-email',
  '/profile',
  '/api-overview',
  '/api-overview/token',
  '/api-overview/token/new',
  '/account-changed',
] as const;
