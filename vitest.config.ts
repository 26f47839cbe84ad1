import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

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
    include: ['**/*.spec.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', '**/wrong/**'],
    globalSetup: './test-servers/src/vitest-setup.ts',
    pool: 'forks',
    testTimeout: 20_000,
  },
});
