/** The source of the engine that the store has. */
import { createPostgresSource } from './postgres-source.ts';
import { createSqliteSource } from './sqlite-source.ts';
import type { StoreSource, StoreSourceParts } from './store-source.ts';

export function createStoreSource(parts: StoreSourceParts): StoreSource {
  const { driver } = parts.store;
  return driver.kind === 'sqlite'
    ? createSqliteSource(parts, driver.openReader)
    : createPostgresSource(parts, driver.url);
}
