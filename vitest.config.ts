import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Systems of six processes and two servers: one at a time, and beside no other test. */
const clustered = ['holdfast/test/clustered*.spec.ts'];

export default defineConfig({
  resolve: {
    alias: [
      {
        // graphql has a CommonJS and an ESM file; two copies of it in one test do not know each
        // other's types.
        find: /^graphql$/,
        replacement: fileURLToPath(import.meta.resolve('graphql/index.js')),
      },
    ],
  },
  test: {
    pool: 'forks',
    projects: [
      {
        extends: true,
        test: {
          name: 'all',
          include: ['**/*.spec.ts'],
          exclude: ['**/node_modules/**', '**/dist/**', '**/wrong/**', ...clustered],
          globalSetup: './test-servers/src/vitest-setup.ts',
          testTimeout: 20_000,
          // Many wait for servers and processes; left alone, two cores get one worker.
          maxWorkers: 2,
          // No test changes what a module keeps: importing all of them anew for each file took a
          // quarter of the time.
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'clustered',
          include: clustered,
          globalSetup: './test-servers/src/vitest-setup.ts',
          testTimeout: 60_000,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
