/**
 * What the server's nodes are made of, beside what service owners import (`index.ts`): lease, cache, sources, digests. No service needs it,
 * and it changes from release to release.
 */

export type {
  AuthoritySource,
  LoadAnswer,
  LoadedEntry,
  LoadKey,
  LoadSource,
  Position,
  Subject,
  SubjectKind,
  SyncAnswer,
  SyncSource,
} from './authority.ts';
export { createBatches } from './batches.ts';
export { bearerToken } from './bearer.ts';
export { subjectOfMark } from './change-stamps.ts';
export { createServiceVerifier, type ServiceVerifierParts } from './create-verifier.ts';
export {
  ENTRY_KINDS,
  type EntryKind,
  type EntryKinds,
  type HolderEntry,
  holderKey,
  joinSecret,
  kindOf,
  type SecretEntry,
  type SecretRecord,
} from './entry-kinds.ts';
export { createHttpSource, type HttpSource, type HttpSourceParts } from './http-source.ts';
export * from './index.ts';
export { Entry } from './joined-entry.ts';
export { isExpired, judge } from './judge.ts';
export {
  createLease,
  type Lease,
  type LeaseCounts,
  type LeaseParts,
  type VerifierClock,
  type VerifierTimer,
} from './lease.ts';
export { createLeasedCache, type LeasedCache, type LeasedCacheParts } from './leased-cache.ts';
export { platformClock, platformTimer } from './platform.ts';
export { narrowedScopes } from './scope.ts';
export { checkOf, generateSecret, isPrefix, isSecretText, type RandomFill } from './secret-format.ts';
export {
  bytesOfWords,
  type HashWords,
  hashAscii,
  secretKey,
  wordsOfBytes,
  wordsOfKey,
} from './secret-hash.ts';
export {
  createTokenVerifier,
  noVerdicts,
  type TokenVerifier,
  type TokenVerifierParts,
  type UsageObserver,
  type VerdictCounts,
} from './token-verifier.ts';
export { isKnownTokenRefusal, type KnownTokenRefusal } from './verdict.ts';
export {
  KEYS_MAX,
  missingRestrictions,
  readLoadAnswers,
  type WiredLoads,
  type WiredSync,
  writeLoadAnswer,
  writeSyncAnswer,
} from './wire.ts';
