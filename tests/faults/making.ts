/**
 * Makes tokens on tokens that are being taken away, and counts afterwards which were made too late. The log of changes is in the order of
 * commits: what stands behind the taking of its maker there was made after it. Takes nothing away.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import type { HttpClient } from './http-client.ts';
import type { Ledger, Token } from './ledger.ts';
import { pick } from './pick.ts';
import type { Stage } from './stage.ts';
import type { Taking } from './takings.ts';

const LOOPS = 3;
const PAUSE_MS = 15;
const ASK_WITHIN_MS = 10_000;

/** Asks at all nodes, as long as `lasts()` says; whoever asks last may be answered long after. */
export async function makeOn(
  { secret }: Token,
  stage: Stage,
  http: HttpClient,
  lasts: () => boolean,
): Promise<void> {
  const askOn = async () => {
    for (; lasts(); await delay(PAUSE_MS)) {
      const { server } = pick(stage.nodes);
      const { reply } = await http.ask(
        {
          url: `${server.localUrl}/api/v1/tokens`,
          method: 'POST',
          headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
          body: JSON.stringify({ name: `made ${randomBytes(8).toString('hex')}` }),
        },
        ASK_WITHIN_MS,
      );
      // Gone for this node, so nothing more comes of it.
      if (reply?.status === 401) return;
    }
  };
  await Promise.all(Array.from({ length: LOOPS }, askOn));
}

/** What a token made, and whether that was after its own taking, or its holder's. */
type Made = {
  readonly id: string;
  readonly maker_id: string;
  readonly is_late: boolean;
  readonly is_alive: boolean;
};

/** Of all takings that returned. Nothing is under way any more; the log still has the whole run. */
export async function judgeMade(
  databaseUrl: string,
  ledger: Ledger,
  takings: readonly Taking[],
): Promise<void> {
  const takingOf = new Map(
    takings.flatMap((taking) => taking.tokens.map((token) => [token.id, taking] as const)),
  );
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<Made>(MADE, [[...takingOf.keys()]]);
    for (const { id, maker_id, is_late, is_alive } of rows) {
      const taking = takingOf.get(maker_id);
      if (!taking || taking.returnedMs === null) continue;
      ledger.made(id, taking.calledMs, taking.returnedMs, {
        isLate: is_late,
        isLeft: taking.takesMade && is_alive,
      });
    }
  } finally {
    await client.end();
  }
}

const MADE = `
  SELECT made.id, maker.id AS maker_id, made.revoked_at_ms IS NULL AS is_alive, coalesce(EXISTS (
    SELECT FROM authority_changes born
    WHERE born.subject_kind = 'secret'
      AND born.subject_id = (
        SELECT encode(substring(digest FROM 1 FOR 16), 'hex') FROM token_secrets WHERE token_id = made.id)
      AND born.seq > least(
        (SELECT min(seq) FROM authority_changes
          WHERE subject_kind = 'token' AND subject_id = maker.id AND maker.revoked_at_ms IS NOT NULL),
        (SELECT max(seq) FROM authority_changes JOIN users ON users.id = subject_id
          WHERE subject_kind = 'user' AND subject_id = maker.holder_id AND users.deactivated_at_ms IS NOT NULL))
  ), false) AS is_late
  FROM tokens made JOIN tokens maker ON maker.id = made.made_by_token_id
  WHERE maker.id = ANY ($1)`;
