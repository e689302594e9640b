import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['packages/*/src/**/*.test.ts', 'packages/portal/src/**/*.test.tsx', 'tests/**/*.test.ts'],
    // They need gateways that npm cannot install: npm run test:gateways.
    exclude: ['**/node_modules/**', 'tests/gateways/**'],
    globalSetup: ['tests/global-setup.ts'],
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    passWithNoTests: false,
  },
});
