/** The figures of a run, phase by phase, as data and as a table, and what of them must not be. Asks and measures nothing. */
import type { CommitWatch } from './commit-watch.ts';
import type { Ledger, Tally, Wrong } from './ledger.ts';
import type { FaultsOptions, Recovery } from './run-faults.ts';
import type { Taking } from './takings.ts';
import type { Timeline } from './timeline.ts';

export type Spread = {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
};

export type Row = Tally & {
  readonly phase: string;
  /** Calls that returned, and how many tokens they took. */
  readonly returned: number;
  readonly tokens: number;
  readonly neverReturned: number;
  /** From the commit to the arrival of the last acceptance, in milliseconds. */
  readonly lastAcceptance: Spread | null;
  /** The same at each kind of door. */
  readonly lastAcceptanceAt: Readonly<Record<string, Spread>>;
  /** From the commit to the return. */
  readonly returnAfterCommit: Spread | null;
  /** How long the longest call took that returned, and the longest that did not, in milliseconds. */
  readonly longestReturnMs: number;
  readonly longestOtherEndMs: number;
  /** From the fault's end to the first acceptance at the door that was last; null: no fault, or a door that did not come back. */
  readonly backMs: number | null;
  readonly doorsNotBack: readonly string[];
};

export type FaultsReport = {
  readonly freshnessSeconds: number;
  readonly countFrom: 'return' | 'call';
  readonly rows: readonly Row[];
  readonly total: Row;
  /** How calls ended that did not return, and how often. */
  readonly otherEnds: Readonly<Record<string, number>>;
  /** How often each way returned, and how long the longest call of it took, in milliseconds. */
  readonly ways: Readonly<Record<string, { readonly count: number; readonly longestMs: number }>>;
  /** What live tokens were answered, other than yes and no, at doors that no fault excuses. */
  readonly undeclared: Readonly<Record<string, number>>;
  /** What nodes logged as errors (levels `error` and `fatal`). */
  readonly logged: Readonly<Record<string, number>>;
  readonly wrongs: readonly Wrong[];
  /** How late the harness's own timers were: how busy the machine was with this and with other things. */
  readonly ownDelayMs: { readonly p50: number; readonly p99: number };
  /** What must not be: empty when all holds. Times are not among it. */
  readonly violations: readonly string[];
};

export type Findings = {
  readonly options: FaultsOptions;
  readonly timeline: Timeline;
  readonly ledger: Ledger;
  readonly takings: readonly Taking[];
  readonly watch: Pick<CommitWatch, 'sightingOf'>;
  readonly recoveries: readonly Recovery[];
  /** All that the nodes wrote to their logs. */
  readonly logs: readonly string[];
  readonly ownDelayMs: FaultsReport['ownDelayMs'];
};

/** A commit that is known less exactly is not timed (the database was away while it was looked for). */
const COMMIT_KNOWN_WITHIN_MS = 50;
/** Of a taking of many tokens, the first are asked about densely. */
const TIMED_TOKENS = 2;

const phaseOf = ({ timeline }: Findings, { calledMs, returnedMs }: Taking): string =>
  timeline.of(calledMs, returnedMs ?? Number.POSITIVE_INFINITY).name;

export function reportOf(findings: Findings): FaultsReport {
  const { options, ledger, takings, recoveries } = findings;
  const phases = [
    ...new Set([...ledger.tallies.keys(), ...takings.map((taking) => phaseOf(findings, taking))]),
  ];
  const rows = phases.map((phase) =>
    rowOf(
      findings,
      phase,
      takings.filter((taking) => phaseOf(findings, taking) === phase),
      recoveries.filter((recovery) => recovery.phase === phase),
      ledger.tallies.get(phase),
    ),
  );
  const total = rowOf(findings, 'all', takings, recoveries, sum([...ledger.tallies.values()]));
  const otherEnds: Record<string, number> = {};
  const ways: Record<string, { count: number; longestMs: number }> = {};
  for (const { ends, way, callMs } of takings) {
    for (const [said, count] of ends) otherEnds[said] = (otherEnds[said] ?? 0) + count;
    if (callMs === null) continue;
    const { count, longestMs } = ways[way] ?? { count: 0, longestMs: 0 };
    ways[way] = { count: count + 1, longestMs: Math.max(longestMs, callMs) };
  }
  return {
    freshnessSeconds: options.freshnessSeconds,
    countFrom: options.countFrom,
    rows,
    total,
    otherEnds,
    ways,
    undeclared: Object.fromEntries(ledger.undeclared),
    logged: errorsIn(findings.logs),
    wrongs: ledger.wrongs,
    ownDelayMs: findings.ownDelayMs,
    violations: violationsOf(total, otherEnds),
  };
}

const ERROR_LEVEL = 50;

function errorsIn(logs: readonly string[]): Record<string, number> {
  const found: Record<string, number> = {};
  for (const line of logs.flatMap((log) => log.split('\n'))) {
    if (!line.startsWith('{')) continue;
    const { level, msg, err } = JSON.parse(line) as { level: number; msg: string; err?: { message: string } };
    if (level < ERROR_LEVEL) continue;
    const said = err ? `${msg}: ${err.message}` : msg;
    found[said] = (found[said] ?? 0) + 1;
  }
  return found;
}

function rowOf(
  { watch }: Findings,
  phase: string,
  takings: readonly Taking[],
  recoveries: readonly Recovery[],
  tally: Tally | undefined,
): Row {
  const returned = takings.filter(({ returnedMs }) => returnedMs !== null);
  const lastAcceptances: number[] = [];
  const returns: number[] = [];
  const byKind = new Map<string, number[]>();
  for (const { expected, tokens, returnedMs, lastAccepted } of returned) {
    const sighting = watch.sightingOf(expected);
    if (!sighting || sighting.notBeforeMs === null || returnedMs === null) continue;
    const { notBeforeMs, seenMs } = sighting;
    if (seenMs - notBeforeMs > COMMIT_KNOWN_WITHIN_MS) continue;
    returns.push(returnedMs - notBeforeMs);
    for (const { door, atMs } of lastAccepted) {
      byKind.set(door.kind, [...(byKind.get(door.kind) ?? []), Math.max(0, atMs - notBeforeMs)]);
    }
    for (const { lastAcceptedMs } of tokens.slice(0, TIMED_TOKENS)) {
      if (lastAcceptedMs !== null) lastAcceptances.push(Math.max(0, lastAcceptedMs - notBeforeMs));
    }
  }
  const late = recoveries.map(({ ms }) => ms ?? 0);
  return {
    ...sum(tally ? [tally] : []),
    phase,
    returned: returned.length,
    tokens: returned.reduce((count, { tokens }) => count + tokens.length, 0),
    neverReturned: takings.length - returned.length,
    lastAcceptance: spread(lastAcceptances),
    lastAcceptanceAt: Object.fromEntries([...byKind].flatMap(([kind, all]) => spreadOf(kind, all))),
    returnAfterCommit: spread(returns),
    longestReturnMs: Math.max(0, ...returned.map(({ callMs }) => callMs ?? 0)),
    longestOtherEndMs: Math.max(0, ...takings.map(({ endMsMax }) => endMsMax)),
    backMs: late.length > 0 ? Math.max(...late) : null,
    doorsNotBack: recoveries.flatMap(({ ms, door }) => (ms === null ? [door] : [])),
  };
}

function sum(tallies: readonly Tally[]): Tally {
  const add = (name: keyof Tally) => tallies.reduce((total, tally) => total + tally[name], 0);
  return {
    answers: add('answers'),
    accepted: add('accepted'),
    acceptedLate: add('acceptedLate'),
    acceptedAfterStated: add('acceptedAfterStated'),
    acceptedInFlight: add('acceptedInFlight'),
    liveRefused: add('liveRefused'),
    awayDeclared: add('awayDeclared'),
    unavailableUndeclared: add('unavailableUndeclared'),
    noAnswerUndeclared: add('noAnswerUndeclared'),
    odd: add('odd'),
    made: add('made'),
    madeLate: add('madeLate'),
    madeLeft: add('madeLeft'),
  };
}

function spread(values: readonly number[]): Spread | null {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return sorted.length === 0 ? null : { count: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}

function spreadOf(kind: string, values: readonly number[]): [string, Spread][] {
  const found = spread(values);
  return found ? [[kind, found]] : [];
}

function violationsOf(total: Row, otherEnds: FaultsReport['otherEnds']): string[] {
  const unclean = Object.keys(otherEnds).filter((said) => /^\d/.test(said) && !said.startsWith('503 '));
  const never: [count: number, what: string][] = [
    [total.acceptedLate, 'acceptances whose request started after the revocation had returned'],
    [total.acceptedAfterStated, 'acceptances whose request started after refused_everywhere_at'],
    [total.madeLate, 'tokens made by a revoked authority after the revocation'],
    [total.madeLeft, 'tokens that live though they were to go with the token that made them'],
    [total.liveRefused, 'refusals of live tokens'],
    [total.odd, 'answers other than accepted, refused and unavailable'],
    [unclean.length, `ways in which a revocation ended that are no clean 503: ${unclean.join(', ')}`],
    [total.neverReturned, 'revocations that never returned'],
    [total.doorsNotBack.length, `doors that did not come back: ${total.doorsNotBack.join(', ')}`],
  ];
  const found = never.flatMap(([count, what]) => (count > 0 ? [`${count} ${what}`] : []));
  return total.returned === 0 ? ['no revocation returned', ...found] : found;
}

const COLUMNS: readonly [heading: string, cell: (row: Row) => string | number][] = [
  ['phase', ({ phase }) => phase],
  ['returned', ({ returned }) => returned],
  ['tokens', ({ tokens }) => tokens],
  ['late', ({ acceptedLate }) => acceptedLate],
  ['past stated', ({ acceptedAfterStated }) => acceptedAfterStated],
  ['in flight', ({ acceptedInFlight }) => acceptedInFlight],
  ['answers', ({ answers }) => answers],
  ['live refused', ({ liveRefused }) => liveRefused],
  ['made', ({ made }) => made],
  ['made late', ({ madeLate }) => madeLate],
  ['left', ({ madeLeft }) => madeLeft],
  ['503', ({ unavailableUndeclared }) => unavailableUndeclared],
  ['none', ({ noAnswerUndeclared }) => noAnswerUndeclared],
  ['declared away', ({ awayDeclared }) => awayDeclared],
  ['last p50', ({ lastAcceptance }) => shown(lastAcceptance?.p50)],
  ['last p99', ({ lastAcceptance }) => shown(lastAcceptance?.p99)],
  ['return p99', ({ returnAfterCommit }) => shown(returnAfterCommit?.p99)],
  ['longest return', ({ longestReturnMs }) => shown(longestReturnMs)],
  ['longest 503', ({ longestOtherEndMs }) => shown(longestOtherEndMs)],
  ['back', ({ backMs }) => shown(backMs ?? undefined)],
];

const LEGEND = `
returned       calls that took authority away and returned; tokens: how many these took
late           acceptances whose request started after the return: must be 0
past stated    acceptances whose request started after the answer's refused_everywhere_at: must be 0
in flight      acceptances that came after the return, of requests that had started before it
live refused   401 or 403 for a token that nobody had begun to take away: must be 0
made           tokens that were made on tokens while these were taken away; made late: by a revoked authority after the commit of the
               revocation, so after the return too: must be 0; left: living, though the call was to delete them too: must be 0
503, none      answers of that kind, or none at all, at doors that no fault excuses; declared away: at doors that one does
last           from the commit to the arrival of the last acceptance anywhere, in milliseconds. The commit is dated to the start of
               the last look at the database that did not show it, one to two milliseconds early: the times are never too short
return         from the commit to the return; longest return: of a call that returned, from its start; longest 503: of one that did not
back           from the fault's end to the first acceptance at the last door to come back`;

const shown = (ms: number | undefined): string => (ms === undefined ? '–' : ms.toFixed(ms < 100 ? 1 : 0));

export function tableOf(report: FaultsReport): string {
  const lines = [
    COLUMNS.map(([heading]) => heading),
    ...[...report.rows, report.total].map((row) => COLUMNS.map(([, cell]) => String(cell(row)))),
  ];
  const widths = COLUMNS.map((_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)));
  const table = lines.map((line) =>
    line
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  '),
  );
  const counted = (from: Readonly<Record<string, number>>) =>
    Object.entries(from).map(([what, count]) => `  ${count} × ${what}`);
  return [
    ...table,
    LEGEND,
    `The harness's own timers were late by ${shown(report.ownDelayMs.p50)} ms (p50) and ${shown(report.ownDelayMs.p99)} ms (p99).`,
    '',
    'From the commit to the last acceptance while healthy, at each kind of door:',
    ...Object.entries(report.rows.find(({ phase }) => phase === 'healthy')?.lastAcceptanceAt ?? {}).map(
      ([kind, { p50, p99, count }]) => `  ${kind}: p50 ${shown(p50)} ms, p99 ${shown(p99)} ms (${count})`,
    ),
    'Returned:',
    ...Object.entries(report.ways).map(
      ([way, { count, longestMs }]) => `  ${count} × ${way}, the longest ${shown(longestMs)} ms`,
    ),
    'Calls that ended otherwise, and were made again:',
    ...counted(report.otherEnds),
    'Live tokens that no fault excuses got no yes:',
    ...counted(report.undeclared),
    'Nodes logged as errors:',
    ...counted(report.logged),
    ...report.wrongs.slice(0, 20).map((wrong) => `WRONG ${JSON.stringify(wrong)}`),
    ...(report.violations.length === 0
      ? ['All that must be 0 is 0.']
      : report.violations.map((violation) => `VIOLATION ${violation}`)),
  ].join('\n');
}
