/**
 * Where to go after signing in: the page that was wanted, carried in the sign-in page's address. Anybody can write that
 * address, so only a path of this portal comes out of it, never another site (no open redirect).
 */

export const startPath = '/api-overview/token';

/** Paths that only make sense signed out; going back to them would go round in circles. */
const signedOutPaths = ['/', '/sign-in', '/sign-up', '/forgot-password', '/reset-password', '/verify-email'];

/** The wanted page (path, query and fragment) where it is one of this `origin`; the start page otherwise. */
export function safeReturnPath(wanted: string | null, origin: string): string {
  // A browser reads `//host` and `/\host` as another site and drops tabs and newlines before it looks.
  if (wanted === null || !/^\/(?![/\\])[\u0021-\u005b\u005d-\uffff]*$/.test(wanted)) return startPath;
  if (!URL.canParse(wanted, origin)) return startPath;
  const url = new URL(wanted, origin);
  if (url.origin !== origin || url.pathname.startsWith('//')) return startPath;
  if (signedOutPaths.includes(url.pathname)) return startPath;
  return `${url.pathname}${url.search}${url.hash}`;
}

/** The sign-in page's address that leads back to `path`. */
export function signInPath(path: string, ended = false): string {
  const query = new URLSearchParams();
  if (path !== startPath && path !== '/') query.set('return_to', path);
  if (ended) query.set('ended', '1');
  return query.size === 0 ? '/sign-in' : `/sign-in?${query}`;
}
