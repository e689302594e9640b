import { describe, expect, it } from 'vitest';
import { accountCode, PLAIN_TEXTS } from '../accounts/account-refusal.ts';
import { SETTINGS } from '../config/settings.ts';
import { ACCOUNT_REFUSALS, type AccountRefusalCode, API_REFUSALS } from '../core/refusal.ts';
import { generate, staleAmong } from './generate.ts';

const files = await generate();
const textOf = (path: string) => files.find((file) => file.path === path)?.text ?? '';

describe('what is written from the code', () => {
  it.each(files.map(({ path }) => path))('%s is as the code says (else: npm run generate)', (path) => {
    expect(staleAmong(files)).not.toContain(path);
  });

  it('is the same text when it is written again', async () => {
    expect(await generate()).toEqual(files);
  });

  it('is named as stale when it differs or is missing', () => {
    const [first] = files;
    const changed = { path: first?.path ?? '', text: `${first?.text}x` };
    expect(staleAmong([changed, { path: 'docs/no-such-page.md', text: '' }])).toEqual([
      changed.path,
      'docs/no-such-page.md',
    ]);
  });

  it('holds every setting, every error code and every command', () => {
    const headings = [...textOf('docs/errors.md').matchAll(/^### `(.+)`$/gm)].map(([, code]) => code);
    expect(headings).toEqual(Object.keys(API_REFUSALS));
    const accountCodes = (Object.keys(ACCOUNT_REFUSALS) as AccountRefusalCode[]).map(accountCode);
    for (const code of [...accountCodes, ...Object.keys(PLAIN_TEXTS)]) {
      expect(textOf('docs/errors.md')).toContain(`| \`${code}\` |`);
    }
    for (const setting of Object.keys(SETTINGS)) {
      expect(textOf('docs/configuration.md')).toContain(`| \`${setting}\` |`);
    }
    for (const command of [
      'serve',
      'migrate',
      'user create',
      'user invite',
      'token create',
      'client create',
    ]) {
      expect(textOf('docs/cli.md')).toContain(`## lencana ${command}\n`);
    }
  });

  it('says of every operation what it does, and of every refusal in what form it comes', () => {
    const document = JSON.parse(textOf('packages/server/openapi.gen.json'));
    const operations = Object.values<Record<string, Record<string, unknown>>>(document.paths).flatMap(
      (methods) => Object.values(methods),
    );
    expect(operations.map(({ operationId }) => operationId).sort()).toEqual([
      'createToken',
      'deleteToken',
      'getMe',
      'getPortal',
      'getSession',
      'getToken',
      'listTokens',
    ]);
    for (const { summary, responses } of operations) {
      expect(summary).toEqual(expect.any(String));
      for (const [status, answer] of Object.entries(responses as Record<string, { content: object }>)) {
        const form = Number(status) < 400 ? 'application/json' : 'application/problem+json';
        expect(Object.keys(answer.content)).toEqual([form]);
      }
    }
  });
});
