import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Source, violations } from './architecture-rules.ts';
import { repositoryRoot } from './run-directory.ts';

function sources(): Source[] {
  const paths = globSync('packages/*/src/**/*.{ts,tsx}', { cwd: repositoryRoot });
  return paths.map((path) => ({
    path: path.replaceAll('\\', '/'),
    text: readFileSync(join(repositoryRoot, path), 'utf8'),
  }));
}

test('every source keeps to the plan of the house', () => {
  const all = sources();
  expect(all.length).toBeGreaterThan(20);
  expect(violations(all)).toEqual([]);
});

/** A file that breaks one rule, and the rule's words. */
const planted: [path: string, text: string, rule: string][] = [
  ['core/tokens/token.ts', `import { createHash } from 'node:crypto';`, 'core is pure'],
  ['core/tokens/token.ts', `import type { Store } from '../../store/engines/open-store.ts';`, 'core is pure'],
  ['core/tokens/token.ts', `export { x } from '../../http/problem.ts';`, 'core is pure'],
  ['core/tokens/token.ts', `const now = Date.now();`, 'core has no clock'],
  ['core/tokens/token.ts', `const now = new Date();`, 'core has no clock'],
  ['core/tokens/token.ts', `const now = Temporal.Now.instant();`, 'core has no clock'],
  ['core/tokens/token.ts', `const dice = Math.random();`, 'core has no clock'],
  ['core/tokens/token.ts', `setTimeout(later, 5);`, 'core has no clock'],
  ['core/tokens/token.ts', `await fetch('http://localhost');`, 'core has no clock'],
  ['core/tokens/token.ts', `const prefix = process.env.PREFIX;`, 'core has no clock'],
  ['http/public/me.ts', `import { sql } from 'kysely';`, 'database drivers'],
  ['cli/serve.ts', `const { DatabaseSync } = await import('node:sqlite');`, 'database drivers'],
  ['accounts/sign-up.ts', `import pg from 'pg';`, 'database drivers'],
  ['http/public/me.ts', 'const q = `SELECT id FROM token`;', 'SQL is written'],
  ['audit/trail.ts', `run('INSERT INTO audit VALUES (1)');`, 'SQL is written'],
  ['accounts/routes.ts', `import fastify from 'fastify';`, 'Fastify is known'],
  ['store/tokens.ts', `import type { X } from '@fastify/static';`, 'Fastify is known'],
  ['http/public/caller.ts', `const address = request.ip;`, 'the client’s address is read'],
  ['http/verification/verify.ts', `import { Counter } from 'prom-client';`, 'prom-client is known'],
  ['cli/serve.ts', `const home = process.env.HOME;`, 'the environment is read'],
  ['accounts/mail.ts', 'const url = `smtp://$' + '{process.env.MAIL}`;', 'the environment is read'],
  ['http/server.ts', `import { main } from '../main.ts';`, 'the composition root'],
  ['http/server.ts', `import type { Deployment } from '../deployment.ts';`, 'the composition root'],
  ['main.ts', `import cluster from 'node:cluster';`, 'processes are started'],
  ['main.ts', `import { program } from './cli/lencana.ts';`, 'nobody imports the command line'],
  ['accounts/names.ts', `const name = input.trim().normalize('NFC');`, 'Unicode is normalized'],
  ['http/public/me.ts', 'const session = await accounts.sessionFrom(headers);', 'http reads a session'],
  [
    'store/tokens/token-store.ts',
    `await kysely.updateTable('tokens').set({}).execute();`,
    'what belongs to somebody is written',
  ],
  [
    'store/accounts/session-records.ts',
    "await accountQueries(store)\n  .deleteFrom('sessions')\n  .execute();",
    'what belongs to somebody is written',
  ],
  [
    'store/tokens/token-store.ts',
    'await sql`UPDATE tokens SET revoked_at_ms = 1`.execute(kysely);',
    'what belongs to somebody is written',
  ],
  [
    'store/tokens/token-store.ts',
    `await kysely.transaction().execute(async (transaction) => transaction.insertInto('tokens'));`,
    'one of withAuthority',
  ],
  [
    'store/accounts/user-records.ts',
    'async function insert(transaction: AccountTransaction) {}',
    'one of withAuthority',
  ],
  ['http/public/tokens.ts', `const actor = operatorBy('anybody');`, 'on an authority of nobody'],
  ['cli/token.ts', `await finality.settled('The tokens are revoked');`, 'waits inside'],
  ['http/public/tokens.ts', `await parts.finality.settled('done');`, 'waits inside'],
  ['cli/client.ts', `await createClientStore(store).revoke(id, 1, actor);`, 'called by the services of core'],
  [
    'cli/token.ts',
    `import { revokeTokens } from '../store/tokens/token-revocation.ts';`,
    'called by the services of core',
  ],
  ['store/tokens.ts', `import { problem } from '../http/problem.ts';`, 'the store knows nothing'],
];

describe('the check finds', () => {
  test.each(planted)('%s: %s', (path, text, rule) => {
    const found = violations([{ path: `packages/server/src/${path}`, text }]);
    expect(found.join('\n')).toContain(rule);
  });

  test('a portal that reaches into the server', () => {
    const text = `import { x } from '../../server/src/core/tokens/token.ts';`;
    const found = violations([{ path: 'packages/portal/src/page.tsx', text }]);
    expect(found.join('\n')).toContain('the portal imports nothing of the server');
  });

  test('a portal that needs Node', () => {
    const text = `import { readFileSync } from 'node:fs';`;
    const found = violations([{ path: 'packages/portal/src/page.tsx', text }]);
    expect(found.join('\n')).toContain('it imports nothing of Node');
  });

  test.each(['await fetch(url)', 'globalThis.fetch(url)', 'navigator.sendBeacon(url)'])(
    'a portal that asks the server without naming the account: %s',
    (text) => {
      const found = violations([{ path: 'packages/portal/src/page.tsx', text }]);
      expect(found.join('\n')).toContain('by portal-fetch.ts only');
    },
  );

  test('a verifier with a dependency', () => {
    const text = `import { jwtVerify } from 'jose';`;
    const found = violations([{ path: 'packages/verifier/src/jwt.ts', text }]);
    expect(found.join('\n')).toContain('the verifier has no dependencies');
  });

  test('nothing in comments, in strings, or in a date made from a number', () => {
    const text = `/* never Date.now() */\n// nor Math.random()\nconst a = new Date(0);\nconst b = 'process';\nconst c = \`process.env\`;`;
    expect(violations([{ path: 'packages/server/src/core/tokens/token.ts', text }])).toEqual([]);
  });
});
