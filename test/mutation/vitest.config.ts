import { defineConfig } from 'vitest/config';

/** What mutants are run against: the tests beside rules, machines and the kernel. They know no database, so a mutant costs milliseconds. */
export default defineConfig({
  test: {
    include: ['src/features/**/rules*.test.ts', 'src/features/**/rules/**/*.test.ts', 'src/features/**/machine.test.ts', 'src/kernel/*.test.ts'],
    pool: 'threads',
    testTimeout: 20_000,
  },
});
