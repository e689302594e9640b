/**
 * Settings that hold a secret, from a file instead of the environment: `LENCANA_SMTP_URL_FILE` names the file that holds
 * `LENCANA_SMTP_URL`. The content is read once, at the start.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { checkSecretFile, TrustError } from '../files/trusted-files.ts';
import { ConfigError } from './readers.ts';
import type { SettingName } from './settings.ts';

/**
 * @param notice hears what the operator should know of the file
 * @returns the secret, trimmed; null: neither the setting nor its file is given
 * @throws ConfigError
 */
export function readSecret(
  name: SettingName,
  fileSetting: SettingName,
  given: (name: SettingName) => string | null,
  notice: (sentence: string) => void,
): string | null {
  const text = given(name);
  const named = given(fileSetting);
  if (text !== null && named !== null) {
    throw new ConfigError(`${name} and ${fileSetting} are both set. Set one of them.`);
  }
  if (named === null) return text;
  const file = resolve(named);
  try {
    for (const sentence of checkSecretFile(file, `The file of ${fileSetting}`)) notice(sentence);
    const content = readFileSync(file, 'utf8').trim();
    if (content !== '') return content;
  } catch (error) {
    if (error instanceof TrustError) throw new ConfigError(error.message);
    throw new ConfigError(`${fileSetting}=${file} cannot be read (${reasonOf(error)}). ${REMEDY}`);
  }
  throw new ConfigError(`${fileSetting}=${file} is empty. It must hold the value of ${name}.`);
}

const REMEDY = 'Name a file that the user of the server can read.';

const reasonOf = (error: unknown) =>
  error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
