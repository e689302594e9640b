/** Appends to the audit trail, in the transaction of the change that it is about. Account tables write their own rows by triggers. */
import type { Transaction } from 'kysely';
import type { Actor } from '../../core/access/actor.ts';
import type { Database } from '../engines/schema.ts';
import { actorColumns } from './actor-columns.ts';

export type AuditEvent = {
  readonly action: string;
  readonly subjectKind: 'token' | 'client' | 'user';
  readonly subjectId: string;
  /** null: of the deployment, not of one organization. */
  readonly organizationId: string | null;
  /** What was there, and what is there now. Never a secret. */
  readonly before?: Readonly<Record<string, unknown>>;
  readonly after?: Readonly<Record<string, unknown>>;
  /** Never a secret. */
  readonly details: Readonly<Record<string, unknown>>;
};

/** How many rows one statement inserts: each has some twenty parameters, and engines take some thousands. */
const ROWS_AT_ONCE = 250;

export const appendAudit = (
  transaction: Transaction<Database>,
  actor: Actor,
  event: AuditEvent,
): Promise<void> => appendAudits(transaction, [[actor, event]]);

/** A row for each, in this order. */
export async function appendAudits(
  transaction: Transaction<Database>,
  events: readonly (readonly [Actor, AuditEvent])[],
): Promise<void> {
  const rows = events.map(([actor, event]) => ({
    ...actorColumns(actor),
    action: event.action,
    subject_kind: event.subjectKind,
    subject_id: event.subjectId,
    organization_id: event.organizationId,
    before_json: event.before ? JSON.stringify(event.before) : null,
    after_json: event.after ? JSON.stringify(event.after) : null,
    details: JSON.stringify(event.details),
  }));
  for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) {
    await transaction
      .insertInto('audit_events')
      .values(rows.slice(at, at + ROWS_AT_ONCE))
      .execute();
  }
}
