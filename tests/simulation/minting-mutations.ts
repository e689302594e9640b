/** What the promise stands on that a lost authority makes nothing, each taken out alone: in the core's source, or in the modelled SQL. */
import type { MintingRules } from './minting-database.ts';
import type { Mutation } from './protocol.ts';

/** Seeds from 1 on that `npm test` runs, and in which each mutation must be noticed. */
export const MINTING_SEEDS = 500;

export type MintingMechanism = {
  readonly name: string;
  /** What its lack breaks, as the violations begin. */
  readonly breaks: 'MINT' | 'MADE' | 'REPLAY' | 'LIVE';
  readonly source?: Mutation;
  readonly rules?: Partial<MintingRules>;
};

const STANDING = 'packages/server/src/core/authority/standing.ts';
const SERVICE = 'packages/server/src/core/tokens/token-service.ts';

export const MINTING_MECHANISMS: readonly MintingMechanism[] = [
  { name: 'the holder’s lock of who makes', breaks: 'MINT', rules: { makingLocks: false } },
  { name: 'the holder’s lock of who makes', breaks: 'MADE', rules: { makingLocks: false } },
  { name: 'the holder’s lock of who takes', breaks: 'MADE', rules: { takingLocks: false } },
  { name: 'the lock of the token that acts', breaks: 'MINT', rules: { locksWhatActs: false } },
  { name: 'rows read under their locks', breaks: 'MINT', rules: { readsUnderLock: false } },
  { name: 'rows read under their locks', breaks: 'MADE', rules: { readsUnderLock: false } },
  {
    name: 'the authority of a kept reply',
    breaks: 'REPLAY',
    rules: { replayRestsOnAuthority: false },
  },
  { name: 'the way to what was made by what was made', breaks: 'MADE', rules: { madeRecursively: false } },
  { name: 'the way through what was deleted before', breaks: 'MADE', rules: { madeThroughDeleted: false } },
  {
    name: 'the maker, written down',
    breaks: 'MADE',
    source: { file: SERVICE, is: 'madeByTokenId: caller.actor.tokenId,', becomes: 'madeByTokenId: null,' },
  },
  {
    name: 'the second look',
    breaks: 'MINT',
    source: { file: STANDING, is: 'await refuseWhatIsGone(rows, actor, proof, locked);', becomes: '' },
  },
  {
    name: 'the second look, awaited',
    breaks: 'MINT',
    source: {
      file: STANDING,
      is: 'await refuseWhatIsGone(rows, actor, proof, locked);',
      becomes: 'void refuseWhatIsGone(rows, actor, proof, locked).catch(() => {});',
    },
  },
  {
    name: 'the holder among the locked accounts, at a kept reply',
    breaks: 'LIVE',
    source: {
      file: STANDING,
      is: '...(actor.onBehalfOf === null ? [] : [actor.onBehalfOf]),',
      becomes: '',
    },
  },
  {
    name: 'the look at the token',
    breaks: 'MINT',
    source: { file: STANDING, is: '      await refuseEndedToken(rows, actor);\n', becomes: '' },
  },
  {
    name: 'the look at the token’s deletion',
    breaks: 'MINT',
    source: { file: STANDING, is: 'if (!token || token.revokedAtMs !== null)', becomes: 'if (!token)' },
  },
  {
    name: 'the look at the session',
    breaks: 'MINT',
    source: { file: STANDING, is: '      await refuseEndedSession(rows, actor, accounts);\n', becomes: '' },
  },
  {
    name: 'the look at the session’s password',
    breaks: 'MINT',
    source: {
      file: STANDING,
      is: ' &&\n    session.credentialEpoch === accounts.get(onBehalfOf)?.credentialEpoch',
      becomes: '',
    },
  },
  {
    name: 'the look at the account',
    breaks: 'MINT',
    source: { file: STANDING, is: 'if (!account?.isActive) {', becomes: 'if (!account) {' },
  },
  {
    name: 'the look at the role',
    breaks: 'MINT',
    source: { file: STANDING, is: 'if (!roleCovers(account.role, actor.role)) {', becomes: 'if (false) {' },
  },
];
