/** Which keys a database was written under (version 0: the root key): registered once, compared at every start. */
import type { Store } from '../engines/open-store.ts';

/** The node's key is not the one that the database was written under; running would refuse every token, or worse. */
export class WrongKeyError extends Error {
  override readonly name = 'WrongKeyError';
}

/**
 * Registers new key versions and compares those the database knows.
 * @throws WrongKeyError if a version is missing here or has another fingerprint
 */
export async function registerKeys(
  store: Store,
  fingerprints: ReadonlyMap<number, string>,
  nowMs: number,
): Promise<void> {
  await store.kysely.transaction().execute(async (transaction) => {
    for (const [version, fingerprint] of fingerprints) {
      await transaction
        .insertInto('digest_keys')
        .values({ version, fingerprint, created_at_ms: nowMs })
        .onConflict((conflict) => conflict.column('version').doNothing())
        .execute();
    }
    const known = await transaction.selectFrom('digest_keys').selectAll().orderBy('version').execute();
    for (const { version, fingerprint } of known) {
      const mine = fingerprints.get(version);
      if (mine === fingerprint) continue;
      throw new WrongKeyError(
        mine === undefined
          ? `The database was written under ${keyName(version)}, which this node does not have. Give it the deployment's keys file.`
          : `The ${keyName(version)} of this node (fingerprint ${mine}) is not the one the database was written under (${fingerprint}). Give it the deployment's keys file.`,
      );
    }
  });
}

const keyName = (version: number) => (version === 0 ? 'root key' : `digest key ${version}`);
