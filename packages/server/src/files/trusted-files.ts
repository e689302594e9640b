/**
 * Who else on this machine can change what the server trusts, or read what is secret: by owner, mode and folder. What everybody can
 * change is refused, what a group can is told. On Windows, where modes say nothing, everything passes.
 */
import { realpathSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, sep } from 'node:path';

/** Somebody else could put their own in its place, or read it; the message names the command that mends it. */
export class TrustError extends Error {
  override readonly name = 'TrustError';
}

const OTHERS_WRITE = 0o002;
const OTHERS_READ = 0o004;
const GROUP_ANY = 0o060;
const GROUP_WRITE = 0o020;
/** In such a folder everybody may add files and nobody may touch those of others. */
const STICKY = 0o1000;

/** Where container platforms mount secrets: seen by the processes of the container alone, whatever their mode. */
const MOUNTED_SECRETS = /^(\/var)?\/run\/secrets\//;

const hasModes = process.platform !== 'win32';

/**
 * A file whose content is a secret. Others who can read it are refused, but for the mounted secrets of a container platform.
 * @param what the file in words, as the subject of a sentence: `The keys file`
 * @returns what the operator should know, a sentence each
 * @throws TrustError; an error of node:fs where there is no such file
 */
export function checkSecretFile(path: string, what: string): string[] {
  const notices = checkTrustedFile(path, what);
  if (!hasModes) return notices;
  const { mode, gid } = statSync(path);
  if ((mode & OTHERS_READ) !== 0) {
    if (!isMountedSecret(path)) {
      throw new TrustError(`${what} ${path} can be read by others. Run: chmod 600 ${path}`);
    }
    notices.push(
      `${what} ${path} can be read by every user of this container. A mode of 0400 for the mounted secret closes it to them.`,
    );
  }
  if ((mode & GROUP_ANY) !== 0) {
    notices.push(
      `${what} ${path} is open to its group (${gid}). Where no orchestrator set that, run: chmod 600 ${path}`,
    );
  }
  return notices;
}

/** A file that is believed: a certificate, a database. @returns, @throws as `checkSecretFile` */
export function checkTrustedFile(path: string, what: string): string[] {
  if (!hasModes) return [];
  const real = realpathSync(path);
  const stats = statSync(real);
  refuseChangeable(stats, path, what);
  for (const folder of new Set([dirname(path), dirname(real)])) {
    if (isOpenToAll(statSync(folder))) {
      throw new TrustError(
        `${what} ${path} lies in ${folder}, where everybody on this machine can replace it. Run: chmod o-w ${folder}`,
      );
    }
  }
  return isForeign(stats)
    ? [`${what} ${path} belongs to another user (${stats.uid}), who can change it.`]
    : [];
}

/** A folder whose content is believed or run. @returns, @throws as `checkSecretFile` */
export function checkTrustedFolder(path: string, what: string): string[] {
  if (!hasModes) return [];
  const real = realpathSync(path);
  const stats = statSync(real);
  refuseChangeable(stats, path, what);
  const notices = [];
  if (isForeign(stats)) {
    notices.push(`${what} ${path} belongs to another user (${stats.uid}), who can change what is in it.`);
  }
  if ((stats.mode & GROUP_WRITE) !== 0) {
    notices.push(
      `${what} ${path} can be written by its group (${stats.gid}). Where no orchestrator set that, run: chmod g-w ${path}`,
    );
  }
  const open = foldersAbove(real).find((folder) => isOpenToAll(statSync(folder)));
  if (open !== undefined) {
    notices.push(
      `${what} ${path} lies below ${open}, where everybody on this machine can replace it. Run: chmod o-w ${open}`,
    );
  }
  return notices;
}

function refuseChangeable({ mode }: Stats, path: string, what: string): void {
  if ((mode & OTHERS_WRITE) === 0) return;
  throw new TrustError(
    `${what} ${path} can be changed by everybody on this machine. Make sure that nobody did, then run: chmod o-w ${path}`,
  );
}

const isOpenToAll = ({ mode }: Stats) => (mode & OTHERS_WRITE) !== 0 && (mode & STICKY) === 0;

/** Neither ours nor root's. Root works for others as it likes. */
function isForeign({ uid }: Stats): boolean {
  const own = process.getuid?.() ?? 0;
  return own !== 0 && uid !== 0 && uid !== own;
}

/** Kubernetes links each file of a mounted secret into `..data`; Docker and Podman mount below /run/secrets. */
function isMountedSecret(path: string): boolean {
  const real = realpathSync(path);
  return MOUNTED_SECRETS.test(path) || basename(dirname(real)).startsWith('..');
}

function foldersAbove(path: string): string[] {
  const above = dirname(path);
  return above === path || path === sep ? [] : [above, ...foldersAbove(above)];
}
