/**
 * What a node and a verifier inside a service say to each other, JSON over HTTP, both sides of it. Reads answers member by member:
 * whatever is not exactly an answer is a SourceError and never an entry. Decides nothing about what an answer is worth.
 *
 *     POST /freshness       {"after": POSITION | null, "hold_ms"}
 *                        -> {"history", "seq", "changes": [subject, …] | null, "kept_after_seq", "lease_ms", "now_ms", "prefixes": [text, …] | null}
 *     POST /freshness/load  {"keys": [key, …], "understands": [restriction, …], "after": POSITION | null}
 *                        -> {"history", "seq", "loads": [ENTRY, …], "along": [ENTRY, …]}
 *     POSITION {"history", "seq"}
 *     ENTRY    {"key", "record": {…} | null, "subjects": [subject, …]}
 *
 * `loads` has one entry for each key, in the order of the keys; `along` has those that they refer to, each once.
 *
 * **What may be unknown.** A record is given to nobody who does not understand all that restricts it: the node answers 503 with the
 * code `not_understood`. So a member that a verifier does not know only informs, and is passed over; a reason of refusal that it does
 * not know is a refusal. A record without a member that a verifier needs is no record.
 */
import type { LoadAnswer, LoadedEntry, LoadKey, Position, Subject, SyncAnswer } from './authority.ts';
import { ENTRY_KINDS, type EntryKind, type EntryKindName, kindOf, UNDERSTOOD } from './entry-kinds.ts';
import { badAnswer } from './http-call.ts';
import type { RecordForm, Restriction } from './record-members.ts';
import { isPrefix } from './secret-format.ts';

/** So many keys the other side takes in one request. */
export const KEYS_MAX = 100;

/** The code with which a node refuses records that need more than who asks understands. */
export const NOT_UNDERSTOOD = 'not_understood';

const PREFIXES_MAX = 100;

/** Each is used with values of its own kind only. */
const formOfKind = (name: EntryKindName): RecordForm<unknown> & EntryKind<unknown> => ENTRY_KINDS[name];

export function writeSyncRequest(from: Position | null, holdMs: number) {
  return { after: writePosition(from), hold_ms: holdMs };
}

export function writeLoadRequest(keys: readonly LoadKey[], known: Position | null) {
  return { keys, understands: UNDERSTOOD, after: writePosition(known) };
}

const writePosition = (position: Position | null) =>
  position === null ? null : { history: position.history, seq: position.seq };

/** A sync's answer, and the prefixes of secrets that the deployment accepts; null: it says nothing of them. */
export type WiredSync = SyncAnswer & { readonly prefixes: readonly string[] | null };

export function writeSyncAnswer(answer: WiredSync) {
  const { history, seq, changes, keptAfterSeq, leaseMs, nowMs, prefixes } = answer;
  return { history, seq, changes, kept_after_seq: keptAfterSeq, lease_ms: leaseMs, now_ms: nowMs, prefixes };
}

export function readSyncAnswer(answer: unknown): WiredSync {
  const members = membersOf(answer, 'the answer');
  const { changes, prefixes } = members;
  return {
    ...positionOf(members),
    changes: changes === null ? null : subjectsOf(changes, 'changes'),
    keptAfterSeq: count(members.kept_after_seq, 'kept_after_seq'),
    leaseMs: span(members.lease_ms, 'lease_ms'),
    nowMs: span(members.now_ms, 'now_ms'),
    // A release before this one did not tell.
    prefixes: prefixes === null || prefixes === undefined ? null : prefixesOf(prefixes),
  };
}

/** Entries as of one moment. */
export type WiredLoads = Position & {
  readonly loads: readonly LoadedEntry[];
  /** What those refer to, each once. */
  readonly along: readonly LoadedEntry[];
};

export function writeLoadAnswer({ history, seq, loads, along }: WiredLoads) {
  return { history, seq, loads: loads.map(writeEntry), along: along.map(writeEntry) };
}

function writeEntry({ key, value, subjects }: LoadedEntry) {
  const kind = kindOf(key);
  if (kind === null) throw new TypeError('Only entries of a kind that there is are written.');
  return { key, record: value === null ? null : formOfKind(kind).write(value), subjects };
}

/** One for each key, in the order of the keys. */
export function readLoadAnswers(answer: unknown, keys: readonly LoadKey[]): LoadAnswer[] {
  const members = membersOf(answer, 'the answer');
  const { history, seq } = positionOf(members);
  const loads = listOf(members.loads, 'loads').map((each) => entryOf(each, 'loads'));
  if (loads.length !== keys.length) {
    throw badAnswer(`${keys.length} keys were asked for and ${loads.length} answered`);
  }
  const along = new Map<LoadKey, LoadedEntry>();
  for (const each of listOf(members.along, 'along')) {
    const entry = entryOf(each, 'along');
    if (entry !== null) along.set(entry.key, entry);
  }
  return keys.map((key, at) => {
    const entry = loads[at];
    if (!entry || entry.key !== key) throw badAnswer('loads is not in the order of the keys');
    return { history, seq, entries: withReferences(entry, along) };
  });
}

/** What an entry refers to, and those again, as far as they came along. */
function withReferences(
  entry: LoadedEntry,
  along: ReadonlyMap<LoadKey, LoadedEntry>,
): [LoadedEntry, ...LoadedEntry[]] {
  const all: [LoadedEntry, ...LoadedEntry[]] = [entry];
  // Grows while it is walked.
  for (const { key, value } of all) {
    const kind = kindOf(key);
    if (kind === null || value === null) continue;
    for (const reference of formOfKind(kind).references(value)) {
      const referred = along.get(reference);
      if (referred !== undefined && !all.includes(referred)) all.push(referred);
    }
  }
  return all;
}

/** null: of a kind that is not known here, which nothing that is known here refers to. */
function entryOf(json: unknown, where: string): LoadedEntry | null {
  const { key, record, subjects } = membersOf(json, `an entry of ${where}`);
  if (!isKey(key)) throw badAnswer(`${where} holds an entry without a key`);
  const kind = kindOf(key);
  if (kind === null) return null;
  const known = subjectsOf(subjects, 'subjects');
  // What depends on nothing could never be taken back.
  if (known.length === 0) throw badAnswer('subjects is empty');
  return { key, value: record === null ? null : recordOf(kind, record), subjects: known };
}

function recordOf(kind: EntryKindName, json: unknown): unknown {
  try {
    return formOfKind(kind).read(membersOf(json, 'record'));
  } catch (error) {
    if (error instanceof TypeError) throw badAnswer(error.message);
    throw error;
  }
}

/** What somebody must understand to be given these entries, and does not. */
export function missingRestrictions(
  entries: readonly LoadedEntry[],
  understands: readonly Restriction[],
): Restriction[] {
  const needed = entries.flatMap(({ key, value }) => {
    const kind = kindOf(key);
    return kind === null || value === null ? [] : formOfKind(kind).restrictionsOf(value);
  });
  return [...new Set(needed)].filter((each) => !understands.includes(each));
}

function positionOf(members: Members): Position {
  const history = text(members.history, 'history');
  if (history === '') throw badAnswer('history is empty');
  return { history, seq: count(members.seq, 'seq') };
}

function subjectsOf(value: unknown, name: string): Subject[] {
  return listOf(value, name).map((each) => {
    // A kind that this release does not know is one all the same: subjects are compared, not understood.
    if (!isKey(each)) throw badAnswer(`${name} holds something that is not a subject`);
    return each as Subject;
  });
}

function prefixesOf(value: unknown): string[] {
  const prefixes = listOf(value, 'prefixes').map((each) => text(each, 'prefixes'));
  if (prefixes.length > PREFIXES_MAX) throw badAnswer(`prefixes has more than ${PREFIXES_MAX}`);
  // One that cannot be a prefix fits no secret.
  return prefixes.filter(isPrefix);
}

const isKey = (value: unknown): value is LoadKey =>
  typeof value === 'string' && /^[a-z][a-z_]*:./.test(value);

type Members = Readonly<Record<string, unknown>>;

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function membersOf(value: unknown, name: string): Members {
  if (!isMembers(value)) throw badAnswer(`${name} is not an object`);
  return value;
}

function listOf(value: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(value)) throw badAnswer(`${name} is not a list`);
  return value;
}

function text(value: unknown, name: string): string {
  if (typeof value !== 'string') throw badAnswer(`${name} is not a text`);
  return value;
}

function count(value: unknown, name: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw badAnswer(`${name} is not a whole number from 0`);
  }
  return value;
}

/** Milliseconds, fractions allowed. */
function span(value: unknown, name: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) {
    throw badAnswer(`${name} is not a number from 0`);
  }
  return value;
}
