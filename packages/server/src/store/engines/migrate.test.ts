/** Which databases a program runs on: its own, older ones that it migrates, newer ones that did not break with it. */
import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { createTokenStore } from '../tokens/token-store.ts';
import { migrationsOf, NewerSchemaError } from './migrate.ts';
import { openStore, type Store, type StoreLocation } from './open-store.ts';
import { DIALECTS, freshLocation, runRaw } from './store-under-test.ts';

describe.each(DIALECTS)('a database on %s', (dialect) => {
  const open: Store[] = [];
  const opened = (location: StoreLocation) => {
    const store = openStore(location, () => {});
    open.push(store);
    return store;
  };
  afterEach(async () => {
    for (const store of open.splice(0)) await store.close();
  });
  const names = async (store: Store) =>
    (
      await sql<{ name: string }>`SELECT name FROM schema_migrations ORDER BY name`.execute(store.kysely)
    ).rows.map(({ name }) => name);

  it('says of each migration whether older programs can live with it', async () => {
    const store = opened(await freshLocation(dialect));
    await store.migrate();
    const { rows } = await sql<{ name: string }>`
      SELECT name FROM schema_migrations WHERE breaking = ${dialect === 'sqlite' ? 1 : true} ORDER BY name`.execute(
      store.kysely,
    );
    expect(rows).toEqual([
      { name: '0004-authority' },
      { name: '0005-token-uses' },
      { name: '0006-one-actor' },
    ]);
  });

  it('is refused when a newer program changed it in a breaking way', async () => {
    const location = await freshLocation(dialect);
    const store = opened(location);
    await store.migrate();
    await sql`INSERT INTO schema_migrations (name, breaking) VALUES ('9999-later', ${dialect === 'sqlite' ? 1 : true})`.execute(
      store.kysely,
    );
    await expect(opened(location).migrate()).rejects.toThrow(NewerSchemaError);
    await expect(opened(location).migrate()).rejects.toThrow('"9999-later"');
  });

  it('is taken when a newer program only added to it', async () => {
    const location = await freshLocation(dialect);
    const store = opened(location);
    await store.migrate();
    await sql`INSERT INTO schema_migrations (name) VALUES ('9999-later')`.execute(store.kysely);
    await opened(location).migrate();
    expect(await names(store)).toEqual([...migrationsOf(dialect).map(({ name }) => name), '9999-later']);
  });

  it('is migrated from the form in which nothing said what breaks, with what it holds', async () => {
    const location = await freshLocation(dialect);
    const first = migrationsOf(dialect).slice(0, 3);
    await runRaw(
      location,
      'CREATE TABLE schema_migrations (name TEXT PRIMARY KEY)',
      ...first.map(
        ({ name, sql: text }) => `${text}; INSERT INTO schema_migrations (name) VALUES ('${name}')`,
      ),
      `INSERT INTO users (id, name, email, created_at, updated_at)
       VALUES ('ana', 'Ana', 'ana@example.com', '2026-01-01', '2026-01-01')`,
      `INSERT INTO tokens (id, organization_id, holder_id, name, name_key, masked, created_at_ms, last_used_at_ms, last_used_address)
       VALUES ('used', 'default', 'ana', 'used', 'used', 'm', 1, 9000, '10.0.0.1'),
         ('unused', 'default', 'ana', 'unused', 'unused', 'm', 1, NULL, NULL)`,
      'DELETE FROM audit_events',
      `INSERT INTO audit_events (actor_kind, actor_id, action, subject_kind, subject_id, organization_id, client, details)
       VALUES ('operator', NULL, 'token.create', 'token', 'used', 'default', 'lencana token create', '{"holder_id":"ana"}'),
         ('operator', NULL, 'user.edit', 'user', 'ana', 'default', NULL, '{"via":"lencana user edit"}'),
         ('user', 'ana', 'user.edit', 'user', 'ana', 'default', 'a browser', '{"via":"/update-user","changed":["name"]}'),
         ('token', 'used', 'token.refuse', 'token', 'used', 'default', 'curl', '{"holder_id":"ana"}'),
         ('token', 'used', 'token.create', 'token', 'unused', 'default', 'curl', '{"holder_id":"ana"}'),
         ('system', NULL, 'session.end', 'session', 's', 'default', NULL, '{}')`,
    );
    const store = opened(location);
    await store.migrate();
    expect(await names(store)).toEqual(migrationsOf(dialect).map(({ name }) => name));
    const tokens = createTokenStore(store);
    const used = { lastUsedAtMs: 9000, lastUsedAddress: '10.0.0.1', lastUsedClient: null };
    expect(await tokens.find('ana', 'used')).toMatchObject(used);
    expect((await tokens.find('ana', 'unused'))?.lastUsedAtMs).toBeNull();
    const trail = await store.kysely.selectFrom('audit_events').selectAll().orderBy('id').execute();
    expect(
      trail.map((row) => [
        row.way,
        row.via,
        row.agent,
        row.on_behalf_of,
        row.token_id,
        JSON.parse(row.details),
      ]),
    ).toEqual([
      ['command', 'lencana token create', null, null, null, { holder_id: 'ana' }],
      ['command', 'lencana user edit', null, null, null, {}],
      ['portal', '/update-user', 'a browser', 'ana', null, { changed: ['name'] }],
      ['token', null, 'curl', 'ana', 'used', { holder_id: 'ana' }],
      ['api', null, 'curl', 'ana', 'used', { holder_id: 'ana' }],
      ['system', null, null, null, null, {}],
    ]);
  });
});
