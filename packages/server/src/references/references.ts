/**
 * The reference pages that are written from the code, not by hand: settings, error codes, commands. Each is Markdown, the same
 * text on every machine.
 */
import type { Command } from 'commander';
import { accountCode, PLAIN_TEXTS } from '../accounts/account-refusal.ts';
import { SETTINGS } from '../config/settings.ts';
import { ACCOUNT_REFUSALS, API_REFUSALS } from '../core/refusal.ts';
import { ACCOUNT_MEANINGS, API_MEANINGS } from './error-meanings.ts';

const HELP_COLUMNS = 90;

const generatedFrom = (source: string) =>
  `<!-- Written by npm run generate from ${source}. Change it there. -->\n\n`;

const code = (text: string) => (text ? `\`${text}\`` : 'not set');
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`)
    .join('');

const keysOf = <T extends object>(record: T) => Object.keys(record) as (keyof T & string)[];

export function configurationPage(): string {
  return `${generatedFrom('packages/server/src/config/settings.ts')}# Settings

Lencana reads its settings from the environment, once, at the start. There is no settings file. A misspelt
setting stops the start, so that it does not leave its default in force. Other variables that begin with \`LENCANA_\` are ignored
and named in the log once: container platforms set some for each service of that name. An empty value is the same as none.
A setting that holds a secret may come from a file: the setting of the same name and \`_FILE\`. How they fit together is in [Run the portal](operate/one-node.md).

${table(
  ['Setting', 'Default', 'Meaning'],
  keysOf(SETTINGS).map((name) => [code(name), code(SETTINGS[name][0]), SETTINGS[name][1]]),
)}`;
}

export function errorsPage(): string {
  const sections = keysOf(API_REFUSALS).map(
    (name) =>
      `### \`${name}\`\n\nStatus ${API_REFUSALS[name].status}. ${API_REFUSALS[name].title}.\n\n${API_MEANINGS[name]}\n`,
  );
  return `${generatedFrom('packages/server/src/core/refusal.ts and accounts/account-refusal.ts')}# Error codes

Codes are stable: programs may act on them. Texts are for people and may change.

## The API

Errors of \`/api/v1\` are [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457) problem details, as
\`application/problem+json\`. Their \`type\` leads to this page. The form is shown in [The API](api.md#errors).

${sections.join('\n')}
## Accounts

Errors of \`/api/auth\` are JSON objects \`{"code", "message"}\`; a form's add \`errors[]\` with \`field\`, \`code\` and \`message\`
each, where \`code\` is \`INVALID_NAME\`, \`INVALID_EMAIL\`, \`PASSWORD_RULES\`, \`INVALID_PHONE_NUMBER\` or the code of the whole.

${table(
  ['Code', 'Status', 'Meaning'],
  keysOf(ACCOUNT_REFUSALS).map((name) => [
    code(accountCode(name)),
    String(ACCOUNT_REFUSALS[name].status),
    ACCOUNT_MEANINGS[name],
  ]),
)}
The library behind accounts, better-auth, adds codes of its own. Those that a person can meet, and what they are told:

${table(
  ['Code', 'Message'],
  keysOf(PLAIN_TEXTS)
    .filter((name) => !(name.toLowerCase() in ACCOUNT_REFUSALS))
    .map((name) => [code(name), PLAIN_TEXTS[name] ?? '']),
)}`;
}

export function commandsPage(program: Command): string {
  return `${generatedFrom('the commands under packages/server/src/cli')}# Commands

\`npx lencana\` in the repository's folder. Commands read the same [settings](configuration.md) as the server and may be
run beside it. What they make is printed to standard output; everything else goes to standard error. They exit with 0 when done,
1 when refused or failed, 2 when used wrongly.

${sectionsOf(program, '').join('\n')}`;
}

function sectionsOf(command: Command, parent: string): string[] {
  const name = `${parent}${command.name()}`;
  command.configureOutput({ getOutHelpWidth: () => HELP_COLUMNS });
  const help = command
    .helpInformation()
    .replace(/^ {2}help \[command\].*\n/m, '')
    .trimEnd();
  const own = `## ${name}\n\n\`\`\`text\n${help}\n\`\`\`\n`;
  return [own, ...command.commands.flatMap((child) => sectionsOf(child, `${name} `))];
}
