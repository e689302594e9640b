/** A page of the token list of somebody who has ten thousand: what the portal asks for, through the API. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ayu, signUp } from '../tests/api-client.ts';
import { startServer } from '../tests/server-process.ts';
import { pin } from './cores.ts';
import type { Extent } from './extent.ts';
import { inTurns } from './rounds.ts';
import { type Row, rounded } from './row.ts';

const tokens = 10_000;

const pages = {
  first: ['list page, the first', '?limit=20', 'the newest 20 of 10,000 tokens'],
  byName: ['list page, by name', '?limit=20&sort=name', 'the same, sorted by name'],
  search: ['list page, search', '?limit=20&q=ment%2009', 'part of a name, which 100 have'],
} as const;

export async function measureListPage({ rounds, roundMs }: Extent): Promise<Row[]> {
  const server = await startServer();
  try {
    const person = await signUp(server, ayu);
    await server.stop();
    addTokens(join(server.dataDir, 'lencana.db'));
    await server.start();
    pin(server.pid, 'server');
    const side = (query: string) => ({
      order: () => ({
        url: `${server.localUrl}/api/v1/tokens${query}`,
        headers: person.credentials,
        connections: 1,
        ms: roundMs,
      }),
      pid: () => server.pid,
    });
    const { first, byName, search } = pages;
    const figures = await inTurns(
      { first: side(first[1]), byName: side(byName[1]), search: side(search[1]) },
      rounds,
    );
    return (['first', 'byName', 'search'] as const).map((page) => ({
      name: pages[page][0],
      value: rounded(figures[page].medianMs, 2),
      unit: 'ms',
      note: `${pages[page][2]}; median of ${rounds} rounds, p99 ${figures[page].p99Ms.toFixed(1)} ms; one connection, SQLite`,
    }));
  } finally {
    await server.stop();
  }
}

/** To the one user that there is. Without secrets: a list shows none. */
function addTokens(file: string): void {
  const database = new DatabaseSync(file);
  database.exec(`
    WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers LIMIT ${tokens})
    INSERT INTO tokens (id, organization_id, holder_id, name, name_key, masked, created_at_ms)
    SELECT printf('tok_%022d', n), 'default', (SELECT id FROM users), printf('Deployment %04d', n),
      printf('deployment %04d', n), 'cldkctl_…0000', 1795460000000 + n
    FROM numbers`);
  database.close();
}
