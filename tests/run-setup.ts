/** What a run without PostgreSQL shares: its temporary directory, gone with all its processes when the run ends. */
import { endRun, runDirectory } from './run-directory.ts';

export default function setup(): () => Promise<void> {
  runDirectory();
  return endRun;
}
