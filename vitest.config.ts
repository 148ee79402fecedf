import { defineConfig } from 'vitest/config';

/**
 * Three projects. `rules`: quick, in parallel, nothing but our own code. `peers`: real phones and PBXs on loopback,
 * after the rules and one file at a time, since they share the machine's few cores with the proxy under test. `cluster`:
 * a real Kubernetes, likewise, at last.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'rules',
          include: ['test/**/*.test.ts'],
          exclude: ['test/peers/**', 'test/e2e/**', 'test/cluster/**'],
          sequence: { groupOrder: 1 },
          maxWorkers: '100%',
          // Only what hangs is to fail by time: a busy machine takes several times as long.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'peers',
          include: ['test/peers/**/*.test.ts', 'test/e2e/**/*.test.ts'],
          sequence: { groupOrder: 2 },
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'cluster',
          include: ['test/cluster/**/*.test.ts'],
          exclude: ['test/cluster/support/**'],
          globalSetup: ['test/cluster/support/global.ts'],
          sequence: { groupOrder: 3 },
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
