/** The tests of real gateways: apart from `npm test`, because they need what npm cannot install. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/gateways/**/*.test.ts'],
    globalSetup: ['tests/run-setup.ts'],
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    passWithNoTests: false,
  },
});
