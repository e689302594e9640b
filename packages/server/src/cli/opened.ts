/**
 * What a command works with: opened for it, closed after it, one way for all commands. A command that only reads makes no deployment
 * and needs no keys. Accounts are opened for those that ask for them.
 */
import { existsSync } from 'node:fs';
import type { Accounts } from '../accounts/accounts.ts';
import { type Config, localUrl, readConfig } from '../config.ts';
import type { CredentialService } from '../core/authority/credential-service.ts';
import type { TokenService } from '../core/tokens/token-service.ts';
import {
  DataDirectoryError,
  type Deployment,
  openAccounts,
  openCredentials,
  openDeployment,
  openFinality,
  openMigratedStore,
  openTokens,
} from '../deployment.ts';
import { createLog } from '../log/log.ts';
import type { Store } from '../store/engines/open-store.ts';

export type Opened = AsyncDisposable & {
  readonly deployment: Deployment;
  readonly tokens: TokenService;
  readonly credentials: CredentialService;
  /** Opened when first asked for; its mails are sent before the command ends. */
  readonly accounts: () => Promise<Accounts>;
};

export type Open = () => Promise<Opened>;

/** Makes the deployment where none exists yet, and says so: whoever is in the wrong folder learns it here. */
export const open: Open = async () => {
  const config = readConfig();
  const isNew = config.store.kind === 'sqlite' && !existsSync(config.store.file);
  await using stack = new AsyncDisposableStack();
  const deployment = stack.use(await openDeployment(config, logOfCommand(config)));
  if (isNew) process.stderr.write(`Made a new deployment in ${config.dataDir}.\n`);
  let opening: Promise<Accounts> | null = null;
  stack.defer(async () => {
    const accounts = await opening?.catch(() => null);
    await accounts?.settled();
  });
  const kept = stack.move();
  const finality = openFinality(deployment);
  return {
    deployment,
    tokens: openTokens(deployment, finality).tokens,
    credentials: openCredentials(deployment, finality),
    accounts: () => {
      opening ??= openAccounts(deployment, publicUrlOf(config), finality);
      return opening;
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
};

/** For commands that only read. @throws DataDirectoryError where there is no deployment */
export async function openToRead(): Promise<Store & AsyncDisposable> {
  const config = readConfig();
  if (config.store.kind === 'sqlite' && !existsSync(config.store.file)) {
    throw new DataDirectoryError(
      `There is no deployment in ${config.dataDir}. Set LENCANA_DATA_DIR to the data directory of one, or LENCANA_DATABASE_URL.`,
    );
  }
  return await openMigratedStore(config, logOfCommand(config));
}

/** Warnings of a command beside the server are for its user, not for a log. */
const logOfCommand = ({ tokenPrefix }: Config) => createLog('error', tokenPrefix);

/** Links that a command prints go where the server's do; a free port is known to the server alone. */
function publicUrlOf(config: Config): string {
  const { publicUrl, listen } = config;
  return publicUrl ?? localUrl(config, listen.kind === 'tcp' && listen.port !== 0 ? listen.port : null);
}
