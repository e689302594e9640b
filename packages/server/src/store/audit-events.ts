/** Appends to the audit trail, in the transaction of the change that it is about. Account tables write their own rows by triggers. */
import type { Transaction } from 'kysely';
import type { Actor } from '../core/ports.ts';
import type { Database } from './schema.ts';

export type AuditEvent = {
  readonly action: string;
  readonly subjectKind: 'token' | 'client';
  readonly subjectId: string;
  readonly organizationId: string;
  /** Never a secret. */
  readonly details: Readonly<Record<string, unknown>>;
};

export async function appendAudit(
  transaction: Transaction<Database>,
  actor: Actor,
  event: AuditEvent,
): Promise<void> {
  await transaction
    .insertInto('audit_events')
    .values({
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
    })
    .execute();
}
