/** What a campaign came to, in one line. */
import type { CampaignReport } from './campaign.ts';

export function summaryOf(report: CampaignReport, seed: number): string {
  const { requests, routes, statuses, faults, heldMs, slowestMs, stalls } = report;
  const counts = [...statuses].sort(([one], [other]) => one.localeCompare(other));
  return [
    `fuzz: ${requests} requests of seed ${seed} to ${routes} routes:`,
    `${counts.map(([kind, count]) => `${count} ${kind}`).join(', ')};`,
    `${faults.length} faults, ${stalls} stalls; /verify held up by work for at most ${Math.round(heldMs)} ms, answered within ${Math.round(slowestMs)} ms`,
  ].join(' ');
}
