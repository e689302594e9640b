/** The server knows the addresses of the pages by a list of their own. */
import type { RouteObject } from 'react-router';
import { expect, test } from 'vitest';
import { pageAddresses } from './page-addresses.ts';
import { routes } from './routes.tsx';

/** Every address that a route without children has, but the one for all others. */
function addressesOf(route: RouteObject, above: string): string[] {
  const address = route.path === undefined ? above : `${above === '/' ? '' : above}/${route.path}`;
  if (route.children === undefined) return [address];
  return route.children.flatMap((child) => addressesOf(child, address));
}

test('every page has its address in the list, and nothing else has', () => {
  const addresses = routes.flatMap((route) => addressesOf(route, '/')).filter((path) => path !== '/*');
  expect([...new Set(addresses)].sort()).toEqual([...pageAddresses].sort());
});
