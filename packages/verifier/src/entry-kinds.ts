/**
 * What is cached apart and joined to a verdict, as a registry: each kind with its members, which other entries it refers to by their
 * keys, and how many subjects it may depend on. A secret with its token is one kind, a holder with what the role allows another.
 * What is asked of the joined record, judge.ts decides.
 */
import type { LoadKey } from './authority.ts';
import {
  formOf,
  instant,
  instantOrNull,
  type RecordForm,
  type RecordOf,
  type Restriction,
  text,
  textList,
  textListOrNull,
  textOrNull,
} from './record-members.ts';
import { narrowedScopes } from './scope.ts';
import type { TokenIdentity } from './verdict.ts';

/** What a node stores of a secret and its token. */
const secretMembers = {
  /** As the log names it: names one secret among all, and is of no use to who reads it. */
  secretId: text(),
  /** When this secret ends though its token lives on; null: with its token. */
  secretEndsAtMs: instantOrNull({ restricts: 'secret_end' }),
  revokedAtMs: instantOrNull({ restricts: 'revocation' }),
  /** Why it is refused besides, in a word that may be unknown to who reads it; null: nothing else refuses it. */
  refusedFor: textOrNull({ restricts: 'refusal' }),
  tokenId: text(),
  tokenName: text(),
  holderId: text(),
  organizationId: text({ repeats: true }),
  /** null: everything that the holder may do. */
  ownScopes: textListOrNull({ restricts: 'scopes', repeats: true }),
  createdAtMs: instant(),
  expiresAtMs: instantOrNull({ restricts: 'token_end' }),
};

/** What a node stores of a holder. */
const holderMembers = {
  holderName: text(),
  holderEmail: text(),
  deactivatedAtMs: instantOrNull({ restricts: 'deactivation' }),
  refusedFor: textOrNull({ restricts: 'refusal' }),
  /** What the role allows. */
  allowedScopes: textList({ restricts: 'scopes', repeats: true }),
};

export type SecretEntry = RecordOf<typeof secretMembers>;
export type HolderEntry = RecordOf<typeof holderMembers>;

/** What a cache must know of a kind. Whichever kind an entry is of, its value is handled by its own kind alone. */
export type EntryKind<Value> = Pick<RecordForm<Value>, 'pack' | 'unpack'> & {
  /** The entries without which this one gives no verdict, by their keys. */
  references(value: Value): readonly LoadKey[];
  /** How many subjects an entry may depend on to be kept. */
  readonly marksMax: number;
};

export type EntryKinds = Readonly<Record<string, EntryKind<unknown>>>;

export const holderKey = (holderId: string): LoadKey => `user:${holderId}`;

/** By what their keys begin with. */
export const ENTRY_KINDS = {
  secret: {
    ...formOf(secretMembers),
    references: ({ holderId }: SecretEntry) => [holderKey(holderId)],
    // Its digest, token, organization and key.
    marksMax: 4,
  },
  user: { ...formOf(holderMembers), references: (_holder: HolderEntry) => [], marksMax: 2 },
} as const;

export type EntryKindName = keyof typeof ENTRY_KINDS;

/** Everything that this release knows to judge. */
export const UNDERSTOOD: readonly Restriction[] = [
  ...new Set(Object.values(ENTRY_KINDS).flatMap(({ restrictions }) => restrictions)),
];

/** The kind that a key is of, if this release has it. */
export function kindOf(key: LoadKey): EntryKindName | null {
  const name = key.slice(0, key.indexOf(':'));
  return Object.hasOwn(ENTRY_KINDS, name) ? (name as EntryKindName) : null;
}

/** What is judged: a secret, its token and its holder. Instants: epoch milliseconds. Holds no secret. */
export type SecretRecord = {
  readonly secretEndsAtMs: number | null;
  readonly revokedAtMs: number | null;
  readonly holderDeactivatedAtMs: number | null;
  /** In whichever word; null: nothing else refuses it. */
  readonly refusedFor: string | null;
  readonly token: TokenIdentity;
};

/** null where the holder is not there: a secret without one is nobody's. */
export function joinSecret(secret: SecretEntry, valueAt: (key: LoadKey) => unknown): SecretRecord | null {
  const holder = valueAt(holderKey(secret.holderId)) as HolderEntry | null;
  if (holder === null) return null;
  const { secretEndsAtMs, revokedAtMs } = secret;
  return {
    secretEndsAtMs,
    revokedAtMs,
    holderDeactivatedAtMs: holder.deactivatedAtMs,
    refusedFor: secret.refusedFor ?? holder.refusedFor,
    token: {
      tokenId: secret.tokenId,
      tokenName: secret.tokenName,
      secretId: secret.secretId,
      holderId: secret.holderId,
      holderName: holder.holderName,
      holderEmail: holder.holderEmail,
      organizationId: secret.organizationId,
      scopes: narrowedScopes(secret.ownScopes, holder.allowedScopes),
      createdAtMs: secret.createdAtMs,
      expiresAtMs: secret.expiresAtMs,
    },
  };
}
