/** Service credentials: made, listed and taken away by those who administer. Knows nothing of how one is presented or judged. */
import { requireAdministration } from '../access/access.ts';
import type { Actor } from '../access/actor.ts';
import type { Clock } from '../ports.ts';
import { Refusal } from '../refusal.ts';
import type { Finality } from './finality.ts';

export type Credential = {
  readonly id: string;
  readonly organizationId: string;
  readonly name: string;
  readonly secretDigest: Uint8Array;
};

export type ListedCredential = Pick<Credential, 'id' | 'name'> & {
  readonly createdAtMs: number;
  readonly revokedAtMs: number | null;
};

/** Each write and its audit row are one transaction. */
export type CredentialStore = {
  create(credential: Credential, atMs: number, actor: Actor): Promise<void>;
  /** The newest first; revoked ones too. */
  list(): Promise<readonly ListedCredential[]>;
  /** For good; a second call changes nothing. False if no credential has that id. */
  revoke(id: string, atMs: number, actor: Actor): Promise<boolean>;
};

export type CredentialServiceParts = {
  readonly store: CredentialStore;
  readonly finality: Finality;
  readonly clock: Clock;
  /** A new unguessable id, and a new secret. */
  readonly newId: () => string;
  readonly newSecret: () => string;
  readonly digest: (secret: string) => Uint8Array;
};

export type CredentialService = ReturnType<typeof createCredentialService>;

export function createCredentialService(parts: CredentialServiceParts) {
  const { store, clock } = parts;
  return {
    /** The secret is in the answer and nowhere else. @throws Refusal `forbidden` */
    async create(name: string, actor: Actor): Promise<{ readonly id: string; readonly secret: string }> {
      requireAdministration(actor);
      const [id, secret] = [parts.newId(), parts.newSecret()];
      await store.create(
        { id, organizationId: 'default', name, secretDigest: parts.digest(secret) },
        clock(),
        actor,
      );
      return { id, secret };
    },

    /** Resolves when it is refused everywhere. @throws Refusal `forbidden`, `not_found`, `not_yet_final` */
    async revoke(id: string, actor: Actor): Promise<{ readonly refusedEverywhereAtMs: number }> {
      requireAdministration(actor);
      if (!(await store.revoke(id, clock(), actor)))
        throw new Refusal('not_found', `There is no client ${id}.`);
      return { refusedEverywhereAtMs: await parts.finality.settled(`${id} is revoked`) };
    },
  };
}
