/**
 * What service owners import: a verifier and its verdicts, scopes, and what handles secrets without showing them. What the server
 * needs beyond is in `node.ts`.
 */

export { authorizationsIn, bearerIn, presentedSecret } from './bearer.ts';
export { type CreateVerifierOptions, createVerifier } from './create-verifier.ts';
export type { Fetch, ServiceCredential } from './http-call.ts';
export { refusedSentence } from './refused-sentence.ts';
export { covers, parseDemandedScope, parseScope, type Scope } from './scope.ts';
export {
  DEFAULT_PREFIX,
  type FoundSecret,
  findSecrets,
  maskSecret,
  maskSecretsIn,
  parseSecret,
  Secret,
} from './secret-format.ts';
export { SourceError, type SourceErrorCode } from './source-error.ts';
export type { Demand, RefusalReason, TokenIdentity, Verdict, Verifier } from './verdict.ts';
