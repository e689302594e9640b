/** Service credentials in SQL: who may introspect, and verify from elsewhere than this machine. */
import type { Actor } from '../../core/access/actor.ts';
import type { Credential, ListedCredential } from '../../core/authority/credential-service.ts';
import { type AuditEvent, appendAudit } from '../audit/audit-events.ts';
import type { Store } from '../engines/open-store.ts';
import { withAuthority } from './with-authority.ts';

export type Client = Credential;

export type ClientStore = ReturnType<typeof createClientStore>;

export function createClientStore(store: Store) {
  const { kysely } = store;
  return {
    /** The audit row is in the same transaction. */
    create: (client: Client, atMs: number, actor: Actor): Promise<void> =>
      withAuthority(store, actor, {}, async (transaction) => {
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
        await appendAudit(transaction, actor, clientEvent('client.create', client));
      }),

    /** null if no credential has that id, or it was revoked. */
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

    /** All, the newest first; revoked ones too. */
    list: async (): Promise<ListedCredential[]> => {
      const rows = await kysely
        .selectFrom('clients')
        .select(['id', 'name', 'created_at_ms', 'revoked_at_ms'])
        .orderBy('created_at_ms', 'desc')
        .orderBy('id')
        .execute();
      return rows.map((row) => ({
        id: row.id,
        name: row.name,
        createdAtMs: row.created_at_ms,
        revokedAtMs: row.revoked_at_ms,
      }));
    },

    /** For good; a second call changes nothing. False if no credential has that id. The audit row is in the same transaction. */
    revoke: (id: string, atMs: number, actor: Actor): Promise<boolean> =>
      withAuthority(store, actor, {}, async (transaction) => {
        const row = await transaction
          .updateTable('clients')
          .set({ revoked_at_ms: atMs })
          .where('id', '=', id)
          .where('revoked_at_ms', 'is', null)
          .returning(['id', 'name', 'organization_id'])
          .executeTakeFirst();
        if (row) {
          const { name, organization_id: organizationId } = row;
          await appendAudit(transaction, actor, clientEvent('client.revoke', { id, name, organizationId }));
          return true;
        }
        return (
          (await transaction.selectFrom('clients').select('id').where('id', '=', id).execute()).length > 0
        );
      }),
  };
}

const clientEvent = (
  action: string,
  { id, name, organizationId }: Omit<Client, 'secretDigest'>,
): AuditEvent => ({
  action,
  subjectKind: 'client',
  subjectId: id,
  organizationId,
  details: { name },
});
