/** The product's protocol code as the simulation drives it, and mutants of it: copies of the sources with one mechanism taken out. */
import { cpSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as verifier from '@lencana/verifier/node';
import { createFinality } from '../../packages/server/src/core/authority/finality.ts';
import { createFreshnessFeed, wiredLoads } from '../../packages/server/src/core/authority/freshness-feed.ts';
import { establishAuthority } from '../../packages/server/src/core/authority/standing.ts';
import { createTokenService } from '../../packages/server/src/core/tokens/token-service.ts';
import { repositoryRoot, temporaryDirectory } from '../run-directory.ts';

export type Protocol = Pick<
  typeof verifier,
  'createTokenVerifier' | 'readLoadAnswers' | 'writeLoadAnswer'
> & {
  readonly wiredLoads: typeof wiredLoads;
  readonly createFinality: typeof createFinality;
  readonly createFreshnessFeed: typeof createFreshnessFeed;
  readonly createTokenService: typeof createTokenService;
  readonly establishAuthority: typeof establishAuthority;
};

export const product: Protocol = {
  createTokenVerifier: verifier.createTokenVerifier,
  readLoadAnswers: verifier.readLoadAnswers,
  writeLoadAnswer: verifier.writeLoadAnswer,
  wiredLoads,
  createFinality,
  createFreshnessFeed,
  createTokenService,
  establishAuthority,
};

/** One place of the sources, and what stands there instead. */
export type Mutation = { readonly file: string; readonly is: string; readonly becomes: string };

const VERIFIER = 'packages/verifier/src';
const CORE = 'packages/server/src/core';

/** The sources with the mutation in them, loaded. @throws Error if the place is not there exactly once */
export async function mutant({ file, is, becomes }: Mutation): Promise<Protocol> {
  const home = temporaryDirectory('mutant');
  for (const folder of [VERIFIER, CORE]) {
    mkdirSync(join(home, folder), { recursive: true });
    cpSync(join(repositoryRoot, folder), join(home, folder), { recursive: true });
  }
  // Without a package around them the core finds the verifier by its place.
  for (const path of globSync(`${CORE}/**/*.ts`, { cwd: home })) {
    const text = readFileSync(join(home, path), 'utf8');
    const library = relative(dirname(path), `${VERIFIER}/node.ts`);
    writeFileSync(join(home, path), text.replaceAll(/'@lencana\/verifier(\/node)?'/g, `'${library}'`));
  }
  writeFileSync(join(home, 'package.json'), '{"type":"module"}');
  const path = join(home, file);
  const text = readFileSync(path, 'utf8');
  const places = text.split(is).length - 1;
  if (places !== 1) throw new Error(`${file} has the place of the mutation ${places} times: ${is}`);
  writeFileSync(
    path,
    text.replace(is, () => becomes),
  );
  const load = (source: string) => import(pathToFileURL(join(home, source)).href);
  const [library, finality, feed, service, standing] = await Promise.all([
    load(`${VERIFIER}/node.ts`),
    load(`${CORE}/authority/finality.ts`),
    load(`${CORE}/authority/freshness-feed.ts`),
    load(`${CORE}/tokens/token-service.ts`),
    load(`${CORE}/authority/standing.ts`),
  ]);
  return {
    createTokenVerifier: library.createTokenVerifier,
    readLoadAnswers: library.readLoadAnswers,
    writeLoadAnswer: library.writeLoadAnswer,
    wiredLoads: feed.wiredLoads,
    createFinality: finality.createFinality,
    createFreshnessFeed: feed.createFreshnessFeed,
    createTokenService: service.createTokenService,
    establishAuthority: standing.establishAuthority,
  };
}
