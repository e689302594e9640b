/**
 * `npm run bench`: measures what users and operators wait for and prints one table. Figures tell of this machine at this
 * moment: nothing here passes or fails. What each row means stands in README.md beside this file.
 *
 *     -- --json FILE   writes the table as JSON, too
 *     -- --only NAME   measures this part alone; may be given more than once
 *     -- --quick       every row in two minutes: shorter rounds, smaller databases, figures to look at, not to quote
 *     -- --profile     no table: where the time of `/verify` goes
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { endRun } from '../tests/run-directory.ts';
import { measureBetterAuth } from './better-auth.ts';
import { pinning } from './cores.ts';
import { measureEmbedded } from './embedded.ts';
import { type Extent, quick, whole } from './extent.ts';
import { measureFirstLoad } from './first-load.ts';
import { measureInstall } from './install.ts';
import { measureIntrospection } from './introspect.ts';
import { measureListPage } from './list-page.ts';
import { machine } from './machine.ts';
import { measureMemory } from './memory.ts';
import { profile } from './profile.ts';
import { measureRevocation } from './revocation.ts';
import type { Row } from './row.ts';
import { measureScale } from './scale.ts';
import { measureStart } from './start.ts';
import { table } from './table.ts';
import { measureVerify } from './verify.ts';

const parts: Record<string, (extent: Extent) => Promise<Row[]>> = {
  start: measureStart,
  verify: measureVerify,
  'better-auth': measureBetterAuth,
  introspect: measureIntrospection,
  embedded: measureEmbedded,
  memory: measureMemory,
  'list-page': measureListPage,
  revocation: measureRevocation,
  scale: measureScale,
  'first-load': measureFirstLoad,
  install: measureInstall,
};

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    only: { type: 'string', multiple: true },
    quick: { type: 'boolean' },
    profile: { type: 'boolean' },
  },
});
const unknown = values.only?.find((name) => !(name in parts));
if (unknown !== undefined) {
  process.stderr.write(`There is no part ${unknown}. There are: ${Object.keys(parts).join(', ')}.\n`);
  process.exit(2);
}

if (values.profile) {
  process.stdout.write(await profile());
  await endRun();
  process.exit(0);
}

const rows: Row[] = [];
for (const [name, measure] of Object.entries(parts)) {
  if (values.only && !values.only.includes(name)) continue;
  const startedAtMs = performance.now();
  process.stderr.write(`Measuring ${name} … `);
  const measured = await measure(values.quick ? quick : whole).catch((error) => [failure(name, error)]);
  process.stderr.write(`${Math.round((performance.now() - startedAtMs) / 1000)} s\n`);
  rows.push(...measured);
}
await endRun();

const about = { ...machine(), cores: pinning(), extent: values.quick ? 'quick' : 'whole' };
const said = Object.entries(about).map(([name, value]) => `${name} ${value}`);
process.stdout.write(`${table(rows)}\n\n${said.join('\n')}\n`);
if (values.json) writeFileSync(values.json, `${JSON.stringify({ ...about, rows }, null, 2)}\n`);

function failure(name: string, error: unknown): Row {
  const [why = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return { name, value: null, unit: '', note: `not measured: ${why}` };
}
