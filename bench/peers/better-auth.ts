/**
 * better-auth's API-key verification behind a plain `node:http` server: 200 without a body to a live key, else 401.
 * Where it keeps keys is the first argument: `sqlite` (node:sqlite, in the file named second), `memory` (a Map of this
 * process as its secondary storage, and nowhere else) or `memory-over-sqlite` (the Map before the file: the database
 * decides). As it comes, but for two things in its favour: its limit of ten requests a day is off, and SQLite flushes no
 * single commit. Prints its address and a live key.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DatabaseSync } from 'node:sqlite';
import { apiKey } from '@better-auth/api-key';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';

const [storage, file = ':memory:'] = process.argv.slice(2);
const database = new DatabaseSync(file);
database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');

const kept = new Map<string, string>();
const secondaryStorage = {
  get: (key: string) => kept.get(key) ?? null,
  getAndDelete: (key: string) => {
    const value = kept.get(key) ?? null;
    kept.delete(key);
    return value;
  },
  increment: (key: string) => {
    const count = Number(kept.get(key) ?? 0) + 1;
    kept.set(key, String(count));
    return count;
  },
  set: (key: string, value: string) => void kept.set(key, value),
  delete: (key: string) => void kept.delete(key),
};

const auth = betterAuth({
  database,
  ...(storage === 'sqlite' ? {} : { secondaryStorage }),
  baseURL: 'http://127.0.0.1',
  secret: 'only for measuring, never for keeping anything',
  emailAndPassword: { enabled: true },
  logger: { disabled: true },
  telemetry: { enabled: false },
  plugins: [
    apiKey({
      storage: storage === 'sqlite' ? 'database' : 'secondary-storage',
      fallbackToDatabase: storage === 'memory-over-sqlite',
      rateLimit: { enabled: false },
    }),
  ],
});
await (await getMigrations(auth.options)).runMigrations();
const { user } = await auth.api.signUpEmail({
  body: { name: 'Ayu Lestari', email: 'ayu@example.com', password: 'Correct-Horse-7-Battery' },
});
const { key } = await auth.api.createApiKey({ body: { name: 'bench', userId: user.id } });

const server = createServer(async (request, response) => {
  const presented = request.headers.authorization?.slice('Bearer '.length) ?? '';
  const { valid, key: found } = await auth.api.verifyApiKey({ body: { key: presented } });
  if (!valid || !found) return response.writeHead(401, { 'content-length': '0' }).end();
  return response.writeHead(200, { 'x-user': found.referenceId, 'content-length': '0' }).end();
});
server.listen(0, '127.0.0.1', () => {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  process.stdout.write(`${JSON.stringify({ url, key })}\n`);
});
