/** What service owners import: the secret's form, verdicts and the verifier's contract. */

export type {
  AuthoritySource,
  LoadAnswer,
  LoadSource,
  Position,
  SecretRecord,
  Subject,
  SubjectKind,
  SyncAnswer,
  SyncSource,
} from './authority.ts';
export { createBatches } from './batches.ts';
export { authorizationsIn, bearerIn, bearerToken, presentedSecret } from './bearer.ts';
export { subjectOfMark } from './change-stamps.ts';
export { type CreateVerifierOptions, createVerifier } from './create-verifier.ts';
export type { Fetch, ServiceCredential } from './http-call.ts';
export { createHttpSource, type HttpSource, type HttpSourceParts } from './http-source.ts';
export { isExpired, judge } from './judge.ts';
export {
  createLease,
  type Lease,
  type LeaseCounts,
  type LeaseParts,
  type VerifierClock,
  type VerifierTimer,
} from './lease.ts';
export {
  type Codec,
  createLeasedCache,
  type Entry,
  type LeasedCache,
  type LeasedCacheParts,
} from './leased-cache.ts';
export { platformClock, platformTimer } from './platform.ts';
export { refusedSentence } from './refused-sentence.ts';
export { covers, parseDemandedScope, parseScope, type Scope } from './scope.ts';
export {
  checkOf,
  DEFAULT_PREFIX,
  type FoundSecret,
  findSecrets,
  generateSecret,
  isPrefix,
  isSecretText,
  maskSecret,
  maskSecretsIn,
  parseSecret,
  type RandomFill,
  Secret,
} from './secret-format.ts';
export { bytesOfWords, type HashWords, hashAscii, wordsOfBytes } from './secret-hash.ts';
export { SourceError, type SourceErrorCode } from './source-error.ts';
export {
  createTokenVerifier,
  noVerdicts,
  type TokenVerifier,
  type TokenVerifierParts,
  type UsageObserver,
  type VerdictCounts,
} from './token-verifier.ts';
export type { Demand, RefusalReason, TokenIdentity, Verdict, Verifier } from './verdict.ts';
