/** The tests on other runtimes: apart from `npm test`, because half a gigabyte of runtimes is installed for them alone. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/runtimes/**/*.test.ts'],
    exclude: ['**/node_modules/**'],
    globalSetup: ['tests/run-setup.ts'],
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    passWithNoTests: false,
  },
});
