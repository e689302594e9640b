/** Service credentials in SQL: who may introspect, and verify from elsewhere than this machine. */
import type { Kysely } from 'kysely';
import type { Actor } from '../core/ports.ts';
import type { Database } from './schema.ts';

export type Client = {
  readonly id: string;
  readonly organizationId: string;
  readonly name: string;
  readonly secretDigest: Uint8Array;
};

export type ClientStore = ReturnType<typeof createClientStore>;

export function createClientStore(kysely: Kysely<Database>) {
  return {
    /** The audit row is in the same transaction. */
    create: (client: Client, atMs: number, actor: Actor): Promise<void> =>
      kysely.transaction().execute(async (transaction) => {
        await transaction
          .insertInto('clients')
          .values({
            id: client.id,
            organization_id: client.organizationId,
            name: client.name,
            secret_digest: client.secretDigest,
            created_at_ms: atMs,
            revoked_at_ms: null,
          })
          .execute();
        await transaction
          .insertInto('audit_events')
          .values({
            actor_kind: actor.kind,
            actor_id: actor.id,
            action: 'client.create',
            subject_kind: 'client',
            subject_id: client.id,
            organization_id: client.organizationId,
            address: actor.address,
            client: actor.client,
            request_id: actor.requestId,
            details: JSON.stringify({ name: client.name }),
          })
          .execute();
      }),

    /** null if there is none, or it was revoked. */
    find: async (id: string): Promise<Client | null> => {
      const row = await kysely
        .selectFrom('clients')
        .selectAll()
        .where('id', '=', id)
        .where('revoked_at_ms', 'is', null)
        .executeTakeFirst();
      return row
        ? { id: row.id, organizationId: row.organization_id, name: row.name, secretDigest: row.secret_digest }
        : null;
    },
  };
}
