/** What is asked of PostgreSQL for entries, in one statement, and how its rows are read. Asks nothing by itself. */
import type { LoadAnswer } from '@lencana/verifier/node';
import {
  HOLDER_COLUMNS,
  type HolderRow,
  holderAnswer,
  noSecretAnswer,
  SECRET_COLUMNS,
  type SecretRow,
  secretAnswer,
  type Wanted,
} from './authority-entries.ts';

/** Which cluster answers. */
export const SYSTEM_COLUMN = '(SELECT system_identifier::TEXT FROM pg_control_system()) AS system';
/** `authority_history` fails on a standby, so none can answer. `seq` is where everything of the same statement stands. */
const PLACE = `
  SELECT authority_history() AS history, coalesce((SELECT max(c.seq) FROM authority_changes c), 0) AS seq`;
/** Secrets by their digests and holders by their ids, in one statement. */
const loadText = (more: string) => `
    SELECT ${more} always.history, always.seq, found.*
    FROM (${PLACE}) AS always LEFT JOIN (
      SELECT s.digest, ${SECRET_COLUMNS}
      FROM token_secrets s JOIN tokens t ON t.id = s.token_id JOIN users u ON u.id = t.holder_id
      WHERE s.digest = ANY ($1)
      UNION ALL
      SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, ${HOLDER_COLUMNS}
      FROM users u WHERE u.id = ANY ($2)) AS found ON true`;
const loadClientText = (more: string) => `
    SELECT ${more} always.history, always.seq, c.id, c.organization_id, c.name, c.secret_digest
    FROM (${PLACE}) AS always
      LEFT JOIN clients c ON c.id = $1 AND c.revoked_at_ms IS NULL`;

export type LoadQuery = {
  /** On a connection of one's own: prepared once, by name. */
  readonly direct: { readonly name: string; readonly text: string };
  /** Behind a pooler, where each statement may meet another server: not prepared, and each says which cluster answers. */
  readonly pooled: { readonly text: string };
};
export const LOAD: LoadQuery = {
  direct: { name: 'load', text: loadText('') },
  pooled: { text: loadText(`${SYSTEM_COLUMN},`) },
};
export const LOAD_CLIENT: LoadQuery = {
  direct: { name: 'load-client', text: loadClientText('') },
  pooled: { text: loadClientText(`${SYSTEM_COLUMN},`) },
};

/** `system`: which cluster answers, of those that are asked for it. */
export type PlaceRow = { system?: string; history: string | null; seq: number };
/** A secret and its holder, a holder alone, or nothing. */
export type LoadRow = PlaceRow &
  (
    | (SecretRow & { digest: Buffer })
    | (HolderRow & { digest: null; token_id: null })
    | { digest: null; holder_id: null }
  );
export type ClientRow = PlaceRow & {
  id: string | null;
  organization_id: string;
  name: string;
  secret_digest: Uint8Array;
};

/** The values of `LOAD`. */
export const loadValues = (wanted: readonly Wanted[]) => [
  wanted.flatMap((each) => (each.kind === 'secret' ? each.digests.map(({ digest }) => digest) : [])),
  wanted.flatMap((each) => (each.kind === 'user' ? each.holderId : [])),
];

/** One for each that was wanted, in their order. */
export function answersFrom(
  place: Pick<LoadAnswer, 'history' | 'seq'>,
  rows: readonly LoadRow[],
  wanted: readonly Wanted[],
): LoadAnswer[] {
  const secrets = new Map<string, SecretRow>();
  const holders = new Map<string, HolderRow>();
  for (const row of rows) {
    if (row.digest !== null) secrets.set(row.digest.toString('base64'), row);
    else if (row.holder_id !== null) holders.set(row.holder_id, row);
  }
  return wanted.map((each) => {
    if (each.kind === 'user') return holderAnswer(place, each.key, holders.get(each.holderId));
    for (const { digest } of each.digests) {
      const row = secrets.get(Buffer.from(digest).toString('base64'));
      if (row) return secretAnswer(place, each.key, digest, row);
    }
    return noSecretAnswer(place, each.key, each.digests);
  });
}
