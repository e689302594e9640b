import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readConfig } from '../config.ts';
import { ConfigError } from './readers.ts';
import { SETTINGS } from './settings.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lencana-secrets-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function secretFile(text: string, mode = 0o600, name = 'secret'): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

test('every setting that holds a secret can come from a file', () => {
  const secrets = Object.entries(SETTINGS).filter(([, setting]) => setting[2] === 'secret');
  expect(secrets.length).toBeGreaterThan(2);
  for (const [name] of secrets) expect(Object.keys(SETTINGS)).toContain(`${name}_FILE`);
});

test.each([
  [
    'LENCANA_DATABASE_URL',
    'postgres://lencana:hidden@h/d',
    { store: { kind: 'postgres', url: 'postgres://lencana:hidden@h/d' } },
  ],
  ['LENCANA_SMTP_URL', 'smtp://u:hidden@h', { mail: { smtpUrl: 'smtp://u:hidden@h', from: 'a@b.co' } }],
])('%s_FILE is the same as the setting, without the line end that editors add', (name, value, expected) => {
  const env = {
    [`${name}_FILE`]: secretFile(`${value}\n`),
    ...(name === 'LENCANA_SMTP_URL' && { LENCANA_MAIL_FROM: 'a@b.co' }),
  };
  expect(readConfig(env)).toMatchObject(expected);
});

describe.each(['LENCANA_DATABASE_URL', 'LENCANA_SMTP_URL'])(
  '%s_FILE is refused, in a sentence without its content,',
  (name) => {
    const refusal = (file: string, more: Record<string, string> = {}) => {
      try {
        readConfig({ [`${name}_FILE`]: file, ...more });
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError);
        expect(String(error)).not.toContain('hidden');
        return String(error);
      }
      throw new Error('it was not refused');
    };

    test('when the file is missing', () =>
      expect(refusal(join(folder, 'nowhere'))).toContain(`${name}_FILE`));
    test('when it is empty', () => expect(refusal(secretFile(' \n'))).toContain('is empty'));
    test('when it is a folder', () => expect(refusal(folder)).toContain(`${name}_FILE`));
    test('when everybody can read it', () =>
      expect(refusal(secretFile('hidden', 0o604))).toContain('chmod 600'));
    test('when everybody can write it', () =>
      expect(refusal(secretFile('hidden', 0o602))).toContain('chmod o-w'));
    test('when the setting is set as well', () => {
      expect(refusal(secretFile('hidden'), { [name]: 'hidden' })).toContain('Set one of them');
    });
    test('when what it holds is not what the setting takes', () => {
      expect(refusal(secretFile('mysql://hidden'), { LENCANA_MAIL_FROM: 'a@b.co' })).toContain(name);
    });
  },
);

test('a file that its group can read is taken, and told of', () => {
  const { notices } = readConfig({ LENCANA_DATABASE_URL_FILE: secretFile('postgres://h/d', 0o440) });
  expect(notices).toEqual([expect.stringMatching(/LENCANA_DATABASE_URL_FILE .* is open to its group/)]);
});

test('a mounted secret of Kubernetes is taken with its default mode, and told of', () => {
  mkdirSync(join(folder, '..2027_01_15'));
  writeFileSync(join(folder, '..2027_01_15', 'url'), 'postgres://h/d', { mode: 0o644 });
  symlinkSync('..2027_01_15', join(folder, '..data'));
  symlinkSync(join('..data', 'url'), join(folder, 'url'));
  const { store, notices } = readConfig({ LENCANA_DATABASE_URL_FILE: join(folder, 'url') });
  expect(store).toEqual({ kind: 'postgres', url: 'postgres://h/d' });
  expect(notices).toContainEqual(expect.stringContaining('every user of this container'));
});

test('the keys by text and by file at once are refused', () => {
  expect(() => readConfig({ LENCANA_KEYS: '{}', LENCANA_KEYS_FILE: '/x' })).toThrow('Set one of them');
});
