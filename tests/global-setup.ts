/** What every test run shares: its temporary directory and one PostgreSQL server, whose URL is provided. */
import type { TestProject } from 'vitest/node';
import { startPostgres } from './postgres.ts';
import { endRun, runDirectory } from './run-directory.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Connection URL of the run's PostgreSQL server; make a database of your own on it. */
    postgresUrl: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  runDirectory();
  const postgres = await startPostgres();
  project.provide('postgresUrl', postgres.url());
  return async () => {
    await postgres.stop();
    await endRun();
  };
}
