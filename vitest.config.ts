import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['packages/*/src/**/*.test.ts', 'packages/portal/src/**/*.test.tsx', 'tests/**/*.test.ts'],
    // They need gateways that npm cannot install, and runtimes of half a gigabyte: npm run test:gateways, npm run test:runtimes.
    exclude: ['**/node_modules/**', 'tests/gateways/**', 'tests/runtimes/**'],
    globalSetup: ['tests/global-setup.ts'],
    maxWorkers: 2,
    // Far above what any test takes on an idle machine: they share theirs with one another, and with others.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    passWithNoTests: false,
  },
});
