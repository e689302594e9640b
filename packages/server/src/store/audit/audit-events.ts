/** Appends to the audit trail, in the transaction of the change that it is about. Account tables write their own rows by triggers. */
import type { Transaction } from 'kysely';
import type { Actor } from '../../core/ports.ts';
import type { Database } from '../engines/schema.ts';

export type AuditEvent = {
  readonly action: string;
  readonly subjectKind: 'token' | 'client';
  readonly subjectId: string;
  readonly organizationId: string;
  /** Never a secret. */
  readonly details: Readonly<Record<string, unknown>>;
};

/** How many rows one statement inserts: each has ten parameters, and engines take some thousands. */
const ROWS_AT_ONCE = 500;

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
    actor_kind: actor.kind,
    actor_id: actor.id,
    action: event.action,
    subject_kind: event.subjectKind,
    subject_id: event.subjectId,
    organization_id: event.organizationId,
    address: actor.address,
    client: actor.client,
    request_id: actor.requestId,
    details: JSON.stringify(event.details),
  }));
  for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) {
    await transaction
      .insertInto('audit_events')
      .values(rows.slice(at, at + ROWS_AT_ONCE))
      .execute();
  }
}
