/**
 * A holder's tokens page by page: searched, filtered, sorted by any column. Pages are found by the last row's sort value and id, so
 * that a page deep in ten thousand costs as much as the first and rows made meanwhile neither repeat nor hide others.
 */
import { type Expression, type Kysely, type RawBuilder, type SqlBool, sql } from 'kysely';
import { type SortKey, TOTAL_MAX, type TokenPage, type TokenQuery } from '../../core/ports.ts';
import { Refusal } from '../../core/refusal.ts';
import { EXPIRES_SOON_MS, nameKeyOf, type TokenStatus } from '../../core/tokens/token.ts';
import type { Database } from '../engines/schema.ts';
import { LAST_USE, lastUsedAtMs, tokenFrom } from './token-row.ts';

type SortValue = string | number;

/** "Never expires" sorts after every instant. */
const NEVER_MS = 9_000_000_000_000_000;

export async function listTokens(
  kysely: Kysely<Database>,
  query: TokenQuery,
  nowMs: number,
): Promise<TokenPage> {
  const sortBy = sortExpression(query.sort, nowMs);
  const matching = kysely
    .selectFrom('tokens')
    .where('holder_id', '=', query.holderId)
    .where(statusCondition(query.status, nowMs))
    .$if(query.search !== null, (filtered) =>
      filtered.where(sql<SqlBool>`name_key LIKE ${`%${likeLiteral(query.search ?? '')}%`} ESCAPE '\\'`),
    );
  const { counted } = await kysely
    .selectFrom(
      matching
        .select('id')
        .limit(TOTAL_MAX + 1)
        .as('some'),
    )
    .select((select) => select.fn.countAll<number>().as('counted'))
    .executeTakeFirstOrThrow();
  const after = query.cursor === null ? null : readCursor(query);
  const direction = query.descending ? 'desc' : 'asc';
  const rows = await matching
    .selectAll()
    .select(LAST_USE)
    .select(sortBy.as('sort_value'))
    .$if(after !== null, (rest) => rest.where(comesAfter(sortBy, after ?? ['', ''], query.descending)))
    .orderBy(sortBy, direction)
    .orderBy('id', direction)
    .limit(query.limit + 1)
    .execute();
  const page = rows.slice(0, query.limit);
  const last = page.at(-1);
  return {
    tokens: page.map(tokenFrom),
    nextCursor: rows.length > query.limit && last ? writeCursor(query, [last.sort_value, last.id]) : null,
    total: Math.min(Number(counted), TOTAL_MAX),
    totalIsCapped: Number(counted) > TOTAL_MAX,
  };
}

function sortExpression(sort: SortKey, nowMs: number): RawBuilder<SortValue> {
  switch (sort) {
    case 'name':
      return sql<string>`name_key`;
    case 'token':
      return sql<string>`masked`;
    case 'created_at':
      return sql<number>`created_at_ms`;
    case 'expires_at':
      return sql<number>`coalesce(expires_at_ms, ${sql.lit(NEVER_MS)})`;
    case 'last_used_at':
      return sql<number>`coalesce(${lastUsedAtMs}, 0)`;
    case 'status':
      return sql<number>`CASE WHEN revoked_at_ms IS NOT NULL THEN 3
        WHEN expires_at_ms IS NULL OR expires_at_ms > ${sql.lit(nowMs + EXPIRES_SOON_MS)} THEN 0
        WHEN expires_at_ms >= ${sql.lit(nowMs)} THEN 1 ELSE 2 END`;
  }
}

function statusCondition(status: TokenStatus | null, nowMs: number): Expression<SqlBool> {
  const soon = sql.lit(nowMs + EXPIRES_SOON_MS);
  const now = sql.lit(nowMs);
  switch (status) {
    case null:
      return sql<SqlBool>`revoked_at_ms IS NULL`;
    case 'revoked':
      return sql<SqlBool>`revoked_at_ms IS NOT NULL`;
    case 'active':
      return sql<SqlBool>`revoked_at_ms IS NULL AND (expires_at_ms IS NULL OR expires_at_ms > ${soon})`;
    case 'expires_soon':
      return sql<SqlBool>`revoked_at_ms IS NULL AND expires_at_ms >= ${now} AND expires_at_ms <= ${soon}`;
    case 'expired':
      return sql<SqlBool>`revoked_at_ms IS NULL AND expires_at_ms < ${now}`;
  }
}

function comesAfter(
  sortBy: RawBuilder<SortValue>,
  [value, id]: readonly [SortValue, string],
  descending: boolean,
): RawBuilder<SqlBool> {
  const past = sql.raw(descending ? '<' : '>');
  // A literal type, so that PostgreSQL does not take a number for text.
  const typed = typeof value === 'number' ? sql.lit(value) : sql`${value}`;
  return sql<SqlBool>`(${sortBy} ${past} ${typed} OR (${sortBy} = ${typed} AND id ${past} ${id}))`;
}

/** `%`, `_` and `\` of a search stand for themselves. */
function likeLiteral(search: string): string {
  return nameKeyOf(search.trim()).replace(/[\\%_]/g, (character) => `\\${character}`);
}

function writeCursor(query: TokenQuery, at: readonly [SortValue, string]): string {
  return Buffer.from(JSON.stringify([query.sort, query.descending, ...at])).toString('base64url');
}

function readCursor(query: TokenQuery): readonly [SortValue, string] {
  const broken = () =>
    Refusal.ofField(
      'invalid_request',
      'cursor',
      'The cursor is not one of this list. Start again without it.',
    );
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(query.cursor ?? '', 'base64url').toString());
  } catch {
    throw broken();
  }
  if (!Array.isArray(parts) || parts.length !== 4) throw broken();
  const [sort, descending, value, id] = parts;
  const numeric = query.sort !== 'name' && query.sort !== 'token';
  const fits = numeric ? Number.isSafeInteger(value) : typeof value === 'string';
  // PostgreSQL has no NUL in text.
  if (String(value).includes('\0') || String(id).includes('\0')) throw broken();
  if (sort !== query.sort || descending !== query.descending || !fits || typeof id !== 'string')
    throw broken();
  return [value, id];
}
