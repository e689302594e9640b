/**
 * Fills a verifier's cache and says what an entry takes and how long one verification took at the longest meanwhile. The source
 * is in the same process and answers at once, so that nothing but the cache is measured; all that it makes is garbage
 * that the cache's process has to collect, too. Started with --expose-gc.
 */
import { constants, PerformanceObserver } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type AuthoritySource,
  createTokenVerifier,
  generateSecret,
  type HolderEntry,
  holderKey,
  platformClock,
  platformTimer,
  type SecretEntry,
  type Subject,
} from '@lencana/verifier/node';

export type MemoryFigures = {
  readonly bytesPerToken: number;
  /** The longest that one verification took, from the call to its verdict, and how much of that its thread worked. */
  readonly longestMs: number;
  readonly workedMs: number;
  readonly longestGcMs: number;
};

const tokens = Number(process.argv[2]);
const verifiedBetweenTurns = 100;
const { gc } = globalThis;
if (!gc) throw new Error('start it with --expose-gc');

const verifier = createTokenVerifier({
  source: sourceInPlace(),
  clock: platformClock,
  timer: platformTimer,
  freshnessMs: 1000,
  // Some more than there are: the cache is divided, and its parts fill unevenly.
  entriesMax: Math.ceil(tokens * 1.25),
});

const longestGc = watchGc();
for (let warm = 0; warm < 1000; warm++) await verifier.verify(generateSecret().reveal());
const before = bytesInUse(gc);
const cachedBefore = verifier.cacheSizes().entries;
let [longestMs, workedMs] = [0, 0];
for (let filled = 0; filled < tokens; filled++) {
  const secret = generateSecret().reveal();
  const startedAtMs = performance.now();
  const workBefore = process.threadCpuUsage();
  const verdict = await verifier.verify(secret);
  const tookMs = performance.now() - startedAtMs;
  if (tookMs > longestMs) {
    const { user, system } = process.threadCpuUsage(workBefore);
    [longestMs, workedMs] = [tookMs, (user + system) / 1000];
  }
  if (verdict.outcome !== 'active') throw new Error(`a live token was ${verdict.outcome}`);
  if (filled % verifiedBetweenTurns === 0) await nextTurn();
}
const longestGcMs = longestGc();
const cached = verifier.cacheSizes().entries - cachedBefore;
if (cached < tokens * 0.99) throw new Error(`only ${cached} of ${tokens} are cached`);
const figures: MemoryFigures = {
  bytesPerToken: (bytesInUse(gc) - before) / cached,
  longestMs,
  workedMs,
  longestGcMs,
};
process.stdout.write(`${JSON.stringify(figures)}\n`);
await verifier.close();

/** Heap and what lies beside it: `external` has the array buffers in it. */
function bytesInUse(collect: () => void): number {
  for (let turn = 0; turn < 3; turn++) collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function watchGc(): () => number {
  let longest = 0;
  const note = (entries: readonly { duration: number; detail?: unknown }[]) => {
    for (const { duration, detail } of entries) {
      // Our own calls of `gc` are no pauses of the cache.
      const flags = (detail as { flags?: number } | undefined)?.flags ?? 0;
      if ((flags & constants.NODE_PERFORMANCE_GC_FLAGS_FORCED) === 0) longest = Math.max(longest, duration);
    }
  };
  const observer = new PerformanceObserver((list) => note(list.getEntries()));
  observer.observe({ entryTypes: ['gc'] });
  return () => {
    note(observer.takeRecords());
    observer.disconnect();
    return longest;
  };
}

/** Every secret is one token of one holder, of the lengths that names have: an id of 26 characters, names of 14, an e-mail address of 23. */
function sourceInPlace(): AuthoritySource {
  let made = 0;
  const position = { history: 'bench', seq: 0 };
  return {
    sync: async () => ({ ...position, changes: [], keptAfterSeq: 0, leaseMs: 1000, nowMs: Date.now() }),
    load: async (key) => {
      const number = String(made++).padStart(8, '0');
      const holderId = `${number}-7c1e-4b5a-9d2f-0123${number}`;
      const secret = secretOf(number, holderId);
      const subjects: Subject[] = [
        `secret:${secret.secretId}`,
        `token:${secret.tokenId}`,
        `organization:${secret.organizationId}`,
        'key:1',
      ];
      return {
        ...position,
        entries: [
          { key, value: secret, subjects },
          {
            key: holderKey(holderId),
            value: holderOf(number),
            subjects: [`user:${holderId}`, 'role:member'],
          },
        ],
      };
    },
    close: async () => undefined,
  };
}

function secretOf(number: string, holderId: string): SecretEntry {
  return {
    secretId: number.padStart(32, '5'),
    secretEndsAtMs: null,
    revokedAtMs: null,
    refusedFor: null,
    tokenId: `tok_${number.padStart(22, 'Zq7')}`,
    tokenName: `Deploy${number}`,
    holderId,
    organizationId: 'default',
    ownScopes: ['*:editor'],
    createdAtMs: 1_795_460_000_000,
    expiresAtMs: 1_827_000_000_000,
  };
}

function holderOf(number: string): HolderEntry {
  return {
    holderName: `Lestari${number.slice(1)}`,
    holderEmail: `ayu.${number}@example.id`,
    deactivatedAtMs: null,
    refusedFor: null,
    allowedScopes: ['*:editor'],
  };
}
