/** What service owners import: the secret's form, verdicts and the verifier's contract. */
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
