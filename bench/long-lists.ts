/**
 * What /verify takes while eight readers list the tokens of somebody who has 200,000, made before there was a quota, in every order: node
 * bench/long-lists.ts prints the slowest answers. SQLite, where lists and verdicts share a process.
 */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ayu, budi, signUp } from '../tests/api-client.ts';
import { startProbe } from '../tests/fuzz/probe.ts';
import { endRun } from '../tests/run-directory.ts';
import { startServer } from '../tests/server-process.ts';

const TOKENS = 200_000;
const READERS = 8;
const MEASURED_MS = 15_000;

const server = await startServer();
try {
  const holder = await signUp(server, ayu);
  const other = await signUp(server, budi);
  const { secret } = await other.createToken({ name: 'asked about meanwhile' });
  await server.stop();
  addTokens(join(server.dataDir, 'lencana.db'));
  await server.start();
  // On a connection from before the restart it fails, once.
  await holder.call('GET', '/healthz').catch(() => {});
  const probe = await startProbe(`${server.verificationUrl}/verify`, secret, server.pid);
  await probe.report();
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const idle = await probe.report();
  const untilMs = performance.now() + MEASURED_MS;
  let lists = 0;
  const read = async (orders: readonly string[]) => {
    while (performance.now() < untilMs) {
      const order = orders[lists % orders.length];
      const { status, text } = await holder.call('GET', `/api/v1/tokens?limit=100&${order}`);
      if (status !== 200) throw new Error(text);
      lists++;
    }
  };
  const orders = ['sort=name', 'sort=-last_used_at', 'sort=status', 'q=ment%2009', 'status=expired'];
  await Promise.all(Array.from({ length: READERS }, () => read(orders)));
  const busy = await probe.report();
  const ms = (value: number) => `${value.toFixed(0)} ms`;
  process.stdout.write(
    `${TOKENS} tokens, ${READERS} readers, ${lists} lists in ${MEASURED_MS / 1000} s: /verify held up by work for at most ${ms(busy.heldMs)} (before that ${ms(idle.heldMs)}), answered within ${ms(busy.slowestMs)} (${ms(idle.slowestMs)}); ${busy.refused} refused\n`,
  );
  await probe.close();
} finally {
  await server.stop();
  await endRun();
}
process.exit();

/** To the first user that there is. Without secrets: a list shows none. */
function addTokens(file: string): void {
  const database = new DatabaseSync(file);
  database.exec(`
    WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers LIMIT ${TOKENS})
    INSERT INTO tokens (id, organization_id, holder_id, name, name_key, masked, created_at_ms, expires_at_ms)
    SELECT printf('tok_%022d', n), 'default', (SELECT id FROM users WHERE email = '${ayu.email}'),
      printf('Deployment %06d', n), printf('deployment %06d', n), 'cldkctl_…0000', 1795460000000 + n,
      CASE n % 3 WHEN 0 THEN 1795460000000 + n END
    FROM numbers`);
  database.close();
}
