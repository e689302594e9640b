/**
 * What a service says that its verifier saw, and whether it can be true. A report that cannot be is refused whole. What it says is
 * the service's word all the same: it is kept apart and under its name. Pure.
 */
import { Refusal } from '../refusal.ts';

export type SeenByService = {
  readonly tokenId: string;
  readonly secretId: string | null;
  readonly scope: string | null;
  readonly atMs: number;
  readonly address: string | null;
  readonly agent: string | null;
};

export type RefusedByService = SeenByService & {
  readonly reason: string;
  readonly count: number;
  readonly firstAtMs: number;
};

/** One batch, with the same number however often it is sent. */
export type UseReport = {
  readonly instanceId: string;
  readonly batch: number;
  readonly uses: readonly SeenByService[];
  readonly refusals: readonly RefusedByService[];
};

/** Reports are made every few seconds and tried again for a few more; older ones are a suspended machine's, or made up. */
export const REPORT_AGE_MS_MAX = 60 * 60 * 1000;
/** How far a service's idea of the authority's clock may be ahead, in milliseconds. */
export const REPORT_AHEAD_MS_MAX = 5000;
/** More refusals than one verifier can count in a second. */
export const REFUSALS_PER_SECOND_MAX = 100_000;

/** @param isAddress whether a text is an IP address @throws Refusal `invalid_request`, which names the member that cannot be true */
export function refuseImplausible(
  report: UseReport,
  nowMs: number,
  isAddress: (text: string) => boolean,
): void {
  for (const [at, use] of report.uses.entries()) refuseSeen(`uses.${at}`, use);
  for (const [at, refusal] of report.refusals.entries()) {
    const path = `refusals.${at}`;
    refuseSeen(path, refusal);
    const { count, firstAtMs, atMs } = refusal;
    refuseInstant(`${path}.first_at_ms`, firstAtMs);
    if (firstAtMs > atMs) throw implausible(`${path}.first_at_ms`, 'is later than at_ms');
    const countMax = REFUSALS_PER_SECOND_MAX * (1 + Math.ceil((atMs - firstAtMs) / 1000));
    if (count > countMax) throw implausible(`${path}.count`, 'is more than its time allows');
  }

  function refuseSeen(path: string, { atMs, address }: SeenByService): void {
    refuseInstant(`${path}.at_ms`, atMs);
    if (address !== null && !isAddress(address)) {
      throw implausible(`${path}.address`, 'is not an IP address');
    }
  }

  function refuseInstant(field: string, atMs: number): void {
    if (atMs > nowMs + REPORT_AHEAD_MS_MAX) throw implausible(field, 'is in the future');
    if (atMs < nowMs - REPORT_AGE_MS_MAX) throw implausible(field, 'is older than an hour');
  }
}

function implausible(field: string, why: string): Refusal {
  return Refusal.ofField('invalid_request', field, `${field} ${why}. Nothing of the report counts.`);
}
