import { defineConfig } from 'vitest/config';

/** What mutants are run against: the tests beside rules, machines and the kernel. They know no database, so a mutant costs milliseconds. */
export default defineConfig({
  test: {
    include: ['src/features/policies/rules/*.test.ts'],
    pool: 'threads', isolate: false,
    testTimeout: 20_000,
  },
});
