/** What React does to nodes that other programs have moved, replaced or wrapped, in a real browser. */
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { launchBrowser, type TestBrowser } from './browser.ts';

const source = new URL('../../packages/portal/src/shell/foreign-edits.ts', import.meta.url);
let browser: TestBrowser;

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser?.close());

beforeEach(async () => {
  await browser.page.goto('about:blank');
  await browser.page.setContent('<p id="parent">before<b>middle</b>after<input></p>');
  const code = stripTypeScriptTypes(readFileSync(source, 'utf8')).replace(/^export /gm, '');
  await browser.page.evaluate(`${code}; liveWithForeignEdits();
    globalThis.parent_ = document.getElementById('parent');
    [globalThis.text, , globalThis.last, globalThis.field] = parent_.childNodes;
    globalThis.stand = document.createElement('font');
    stand.textContent = 'terjemahan';
    globalThis.turn = () => new Promise((resolve) => setTimeout(resolve, 0));`);
});

/** Runs it in the page, each line after the turn in which programs notice, and gives the parent's HTML. */
async function after(...acts: string[]): Promise<string> {
  for (const act of acts) await browser.page.evaluate(`(async () => { ${act}; await turn(); })()`);
  return await browser.page.evaluate<string>('parent_.innerHTML');
}

describe.each([
  ['in one act', 'text.replaceWith(stand)'],
  ['put beside it first', 'parent_.insertBefore(stand, text); text.remove()'],
  ['taken away first', 'const next = text.nextSibling; text.remove(); next.before(stand)'],
])('a text that a translator has replaced, %s', (_how, translated) => {
  test('goes when it is taken away', async () => {
    expect(await after(translated, 'parent_.removeChild(text)')).toBe('<b>middle</b>after<input>');
  });

  test('marks the place where something is put before it', async () => {
    const put = `parent_.insertBefore(document.createElement('i'), text)`;
    expect(await after(translated, put)).toBe('<i></i><font>terjemahan</font><b>middle</b>after<input>');
  });

  test('shows what it is changed to, and no word of what it was', async () => {
    expect(await after(translated, `text.data = 'changed'`)).toBe('changed<b>middle</b>after<input>');
  });

  test('may be replaced again after it was changed', async () => {
    const again = `const other = document.createElement('font'); text.replaceWith(other)`;
    expect(await after(translated, `text.data = 'changed'`, again, 'parent_.removeChild(text)')).toBe(
      '<b>middle</b>after<input>',
    );
  });
});

describe('a field that a password manager has wrapped', () => {
  const wrapped = `const wrapper = document.createElement('div'); field.replaceWith(wrapper); wrapper.append(field)`;
  test('goes when it is taken away', async () => {
    expect(await after(wrapped, 'parent_.removeChild(field)')).not.toContain('<input>');
  });

  test('marks the place where something is put before it', async () => {
    const put = `parent_.insertBefore(document.createElement('i'), field)`;
    expect(await after(wrapped, put)).toBe('before<b>middle</b>after<i></i><div><input></div>');
  });
});

test('what another program took out altogether stops nothing', async () => {
  expect(await after('last.remove()', 'parent_.removeChild(last)')).toBe('before<b>middle</b><input>');
  expect(await after(`parent_.insertBefore(document.createElement('i'), last)`)).toContain('<i></i>');
});

test('what is in its place is treated as ever, and a mistake is still an error', async () => {
  expect(await after('parent_.removeChild(last)')).toBe('before<b>middle</b><input>');
  expect(await after('parent_.insertBefore(last, field)')).toBe('before<b>middle</b>after<input>');
  await expect(browser.page.evaluate('parent_.removeChild(null)')).rejects.toThrow(/TypeError/);
  await expect(browser.page.evaluate(`parent_.insertBefore('x', null)`)).rejects.toThrow(/TypeError/);
});
