/**
 * Reads what the feed answered, member by member: whatever is not exactly an answer is a SourceError and never a record. Members that
 * are not known here are passed over. Decides nothing about what an answer is worth.
 */
import type { LoadAnswer, Position, SecretRecord, Subject, SyncAnswer } from './authority.ts';
import { badAnswer } from './http-call.ts';
import type { TokenIdentity } from './verdict.ts';

export function readSyncAnswer(answer: unknown): SyncAnswer {
  const members = membersOf(answer, 'the answer');
  const changes = members.changes;
  return {
    ...positionOf(members),
    changes: changes === null ? null : subjectsOf(changes, 'changes'),
    keptAfterSeq: count(members.kept_after_seq, 'kept_after_seq'),
    leaseMs: span(members.lease_ms, 'lease_ms'),
    nowMs: span(members.now_ms, 'now_ms'),
  };
}

/** One for each key, in the order of the keys. */
export function readLoadAnswers(answer: unknown, keys: number): LoadAnswer<SecretRecord>[] {
  const members = membersOf(answer, 'the answer');
  const { history, seq } = positionOf(members);
  const loads = listOf(members.loads, 'loads');
  if (loads.length !== keys) throw badAnswer(`${keys} keys were asked for and ${loads.length} answered`);
  return loads.map((each) => {
    const load = membersOf(each, 'a load');
    const subjects = subjectsOf(load.subjects, 'subjects');
    // What depends on nothing could never be taken back.
    if (subjects.length === 0) throw badAnswer('subjects is empty');
    return { history, seq, value: load.record === null ? null : recordOf(load.record), subjects };
  });
}

function recordOf(value: unknown): SecretRecord {
  const members = membersOf(value, 'record');
  return {
    secretEndsAtMs: instantOrNull(members.secretEndsAtMs, 'secretEndsAtMs'),
    revokedAtMs: instantOrNull(members.revokedAtMs, 'revokedAtMs'),
    holderDeactivatedAtMs: instantOrNull(members.holderDeactivatedAtMs, 'holderDeactivatedAtMs'),
    token: tokenOf(members.token),
  };
}

function tokenOf(value: unknown): TokenIdentity {
  const members = membersOf(value, 'token');
  return {
    tokenId: text(members.tokenId, 'tokenId'),
    tokenName: text(members.tokenName, 'tokenName'),
    holderId: text(members.holderId, 'holderId'),
    holderName: text(members.holderName, 'holderName'),
    holderEmail: text(members.holderEmail, 'holderEmail'),
    organizationId: text(members.organizationId, 'organizationId'),
    scopes: listOf(members.scopes, 'scopes').map((scope) => text(scope, 'scopes')),
    createdAtMs: instant(members.createdAtMs, 'createdAtMs'),
    expiresAtMs: instantOrNull(members.expiresAtMs, 'expiresAtMs'),
  };
}

function positionOf(members: Members): Position {
  const history = text(members.history, 'history');
  if (history === '') throw badAnswer('history is empty');
  return { history, seq: count(members.seq, 'seq') };
}

function subjectsOf(value: unknown, name: string): Subject[] {
  return listOf(value, name).map((each) => {
    if (!isSubject(each)) throw badAnswer(`${name} holds what is no subject`);
    return each;
  });
}

/** A kind that this release does not know is one all the same: subjects are compared, not understood. */
const isSubject = (value: unknown): value is Subject =>
  typeof value === 'string' && /^[a-z][a-z_]*:./.test(value);

type Members = Readonly<Record<string, unknown>>;

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function membersOf(value: unknown, name: string): Members {
  if (!isMembers(value)) throw badAnswer(`${name} is no object`);
  return value;
}

function listOf(value: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(value)) throw badAnswer(`${name} is no list`);
  return value;
}

function text(value: unknown, name: string): string {
  if (typeof value !== 'string') throw badAnswer(`${name} is no text`);
  return value;
}

function count(value: unknown, name: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw badAnswer(`${name} is no whole number from 0`);
  }
  return value;
}

/** Milliseconds, fractions allowed. */
function span(value: unknown, name: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) {
    throw badAnswer(`${name} is no number from 0`);
  }
  return value;
}

function instant(value: unknown, name: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
    throw badAnswer(`${name} is no instant in milliseconds`);
  }
  return value;
}

const instantOrNull = (value: unknown, name: string) => (value === null ? null : instant(value, name));
