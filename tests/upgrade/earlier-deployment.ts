/**
 * A deployment as an earlier version left it, put into a database of either engine: the migrations of that version, and then its
 * rows, with triggers off, because what they would do is in the rows already.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import { type Dialect, migrationsOf } from '../../packages/server/src/store/engines/migrate.ts';
import { createDatabase } from '../postgres.ts';
import { temporaryDirectory } from '../run-directory.ts';

type Stored = string | number | null | { readonly hex: string };

export type EarlierDeployment = {
  readonly keys: unknown;
  readonly password: string;
  readonly tokens: readonly {
    readonly name: string;
    readonly id: string;
    readonly secret: string;
    /** What `/verify` answered. */
    readonly status: number;
    readonly scopes: string | null;
  }[];
  /** `status`: what `/introspect` answered. */
  readonly clients: readonly { readonly id: string; readonly secret: string; readonly status: number }[];
  readonly tables: Readonly<
    Record<string, { readonly columns: readonly string[]; readonly rows: readonly (readonly Stored[])[] }>
  >;
};

export const earlier: EarlierDeployment = JSON.parse(
  readFileSync(new URL('deployment-before.json', import.meta.url), 'utf8'),
);

/** What the server needs to start on it. */
export type EarlierData = { readonly dataDir: string; readonly env: Record<string, string> };

export async function earlierData(dialect: Dialect, serverUrl: () => string): Promise<EarlierData> {
  const dataDir = join(temporaryDirectory('earlier'), 'data');
  mkdirSync(dataDir, { mode: 0o700 });
  writeFileSync(join(dataDir, 'keys.json'), JSON.stringify(earlier.keys), { mode: 0o600 });
  if (dialect === 'sqlite') {
    fillSqlite(join(dataDir, 'lencana.db'));
    return { dataDir, env: {} };
  }
  const url = await createDatabase(serverUrl());
  await fillPostgres(url);
  return { dataDir, env: { LENCANA_DATABASE_URL: url } };
}

function migrationsBefore(dialect: Dialect): string[] {
  const { columns = [], rows = [] } = earlier.tables.schema_migrations ?? {};
  const names = rows.map((row) => row[columns.indexOf('name')]);
  const before = migrationsOf(dialect).filter(({ name }) => names.includes(name));
  if (before.length !== names.length) throw new Error('a migration of the earlier version is missing');
  return before.map(({ sql }) => sql);
}

function fillSqlite(file: string): void {
  const database = new DatabaseSync(file, { enableForeignKeyConstraints: false });
  database.exec(
    'PRAGMA journal_mode = WAL; CREATE TABLE schema_migrations (name TEXT PRIMARY KEY, breaking INTEGER NOT NULL DEFAULT 0)',
  );
  for (const sql of migrationsBefore('sqlite')) database.exec(sql);
  const triggers = database.prepare("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").all();
  for (const { name } of triggers) database.exec(`DROP TRIGGER "${name}"`);
  for (const [table, { columns, rows }] of Object.entries(earlier.tables)) {
    database.exec(`DELETE FROM ${table}`);
    const insert = database.prepare(
      `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
    );
    for (const row of rows) insert.run(...row.map(bytesOr));
  }
  for (const { sql } of triggers) database.exec(String(sql));
  database.close();
}

async function fillPostgres(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(
      'CREATE TABLE schema_migrations (name TEXT PRIMARY KEY, breaking BOOLEAN NOT NULL DEFAULT false)',
    );
    for (const sql of migrationsBefore('postgres')) await client.query(sql);
    await client.query('SET session_replication_role = replica');
    for (const [table, { columns, rows }] of Object.entries(earlier.tables)) {
      const types = await typesOf(client, table);
      await client.query(`DELETE FROM ${table}`);
      const places = columns.map((_, at) => `$${at + 1}`).join(', ');
      // Identity columns take what is given, and go on after it.
      const insert = `INSERT INTO ${table} (${columns.join(', ')}) OVERRIDING SYSTEM VALUE VALUES (${places})`;
      for (const row of rows) {
        await client.query(
          insert,
          row.map((value, at) => (types.get(columns[at] ?? '') === 'boolean' ? value === 1 : bytesOr(value))),
        );
      }
      for (const column of ['id', 'seq'].filter((name) => types.has(name)))
        await advance(client, table, column);
    }
  } finally {
    await client.end();
  }
}

/** What the database numbers next comes after what is there. */
async function advance(client: pg.Client, table: string, column: string): Promise<void> {
  const { rows } = await client.query('SELECT pg_get_serial_sequence($1, $2) AS name', [table, column]);
  if (rows[0]?.name == null) return;
  await client.query(`SELECT setval($1::regclass, (SELECT max(${column}) FROM ${table}))`, [rows[0].name]);
}

async function typesOf(client: pg.Client, table: string): Promise<Map<string, string>> {
  const { rows } = await client.query(
    'SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1',
    [table],
  );
  return new Map(rows.map((row) => [row.column_name, row.data_type]));
}

const bytesOr = (value: Stored) =>
  typeof value === 'object' && value !== null ? Buffer.from(value.hex, 'hex') : value;
