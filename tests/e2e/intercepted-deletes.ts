/** What tests do to the DELETE requests of a page on their way to the server: hold them, fail them, count them. Other requests pass. */
import type { Page, Route } from 'playwright-core';

/** Every DELETE of the page goes through `handle`; returns how many there were so far. */
export async function onDelete(
  page: Page,
  handle: (route: Route, nth: number) => Promise<unknown>,
): Promise<() => number> {
  let sent = 0;
  await page.route('**/api/v1/tokens/*', async (route) => {
    if (route.request().method() !== 'DELETE') return route.fallback();
    sent += 1;
    await handle(route, sent);
  });
  return () => sent;
}

/** A gate that is shut until it is opened. */
export function shutGate(): { passed: Promise<void>; open: () => void } {
  let open = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

/** Holds every DELETE until it is let go; what is held then goes on to the server. */
export async function holdDeletes(page: Page): Promise<{ sent: () => number; letGo: () => void }> {
  const gate = shutGate();
  const sent = await onDelete(page, async (route) => {
    await gate.passed;
    await route.continue();
  });
  return { sent, letGo: gate.open };
}

/** Answers in the server's place, as its problem document. */
export const problem = (status: number, code: string) => (route: Route) =>
  route.fulfill({
    status,
    contentType: 'application/problem+json',
    body: JSON.stringify({ title: code, status, code, detail: 'As the server says.', request_id: 'req-1' }),
  });
