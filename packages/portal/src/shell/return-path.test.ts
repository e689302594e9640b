import { describe, expect, test } from 'vitest';
import { safeReturnPath, signInPath, startPath } from './return-path.ts';

const origin = 'https://portal.example';

describe('the page to go to after signing in', () => {
  test.each(['/profile', '/api-overview/token?q=ci&status=active', '/api-overview#curl', '/profile?a=/b'])(
    'is the wanted one: %s',
    (path) => {
      expect(safeReturnPath(path, origin)).toBe(path);
    },
  );

  test.each([
    'https://evil.example/',
    '//evil.example/',
    '/\\evil.example/',
    '\\\\evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    '/.//evil.example',
    '/..//evil.example',
    'javascript:alert(1)',
    'data:text/html,x',
    ' /profile',
    'profile',
    '',
  ])('is never on another site or no path at all: %j', (path) => {
    expect(safeReturnPath(path, origin)).toBe(startPath);
  });

  test.each(['/', '/sign-in', '/sign-in?return_to=/profile', '/sign-up', '/reset-password?token=x'])(
    'is not a page for signed-out users: %s',
    (path) => {
      expect(safeReturnPath(path, origin)).toBe(startPath);
    },
  );

  test('is the start page when none was wanted', () => {
    expect(safeReturnPath(null, origin)).toBe(startPath);
  });
});

test('the sign-in address carries a wanted page through unchanged', () => {
  const address = new URL(signInPath('/api-overview/token?q=a&b=c#d'), origin);
  expect(safeReturnPath(address.searchParams.get('return_to'), origin)).toBe('/api-overview/token?q=a&b=c#d');
  expect(signInPath('/')).toBe('/sign-in');
  expect(signInPath(startPath, true)).toBe('/sign-in?ended=1');
});
