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
export { isExpired, judge } from './judge.ts';
export { covers, parseDemandedScope, parseScope, type Scope } from './scope.ts';
export {
  checkOf,
  DEFAULT_PREFIX,
  type FoundSecret,
  findSecrets,
  generateSecret,
  isPrefix,
  maskSecret,
  maskSecretsIn,
  parseSecret,
  type RandomFill,
  Secret,
} from './secret-format.ts';
export type { Demand, RefusalReason, TokenIdentity, Verdict, Verifier } from './verdict.ts';
