/** One document, one account. */
import { expect, test, vi } from 'vitest';
import { createPageAccount } from './page-account.ts';

test('calls name the account that the page was drawn for, and none before', () => {
  const page = createPageAccount();
  expect(page.named()).toBeNull();
  expect(page.draw('ayu')).toBe(true);
  expect(page.named()).toBe('ayu');
});

test('a page of one account is never drawn for another, and says so', () => {
  const page = createPageAccount();
  const replaced = vi.fn();
  page.subscribe(replaced);
  page.draw('ayu');
  expect(page.draw('budi')).toBe(false);
  expect(replaced).toHaveBeenCalled();
  expect(page.hasChanged()).toBe(true);
  expect(page.named()).toBe('ayu');
  expect(page.draw('ayu')).toBe(false);
});

test('after a session has ended, the same account may sign in again', () => {
  const page = createPageAccount();
  page.draw('ayu');
  page.leave();
  expect(page.named()).toBeNull();
  expect(page.draw('ayu')).toBe(true);
  expect(page.hasChanged()).toBe(false);
});

test('after a session has ended, another account needs a new document', () => {
  const page = createPageAccount();
  page.draw('ayu');
  page.leave();
  expect(page.draw('budi')).toBe(false);
  expect(page.hasChanged()).toBe(true);
});
