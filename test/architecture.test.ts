/** Holds the plan of the code: which way imports point, what pure files may do, how large things get. */
import { describe, expect, it } from 'vitest';
import { findMisplaced, findWrongImports, isPure, placeOfPath, readFeatureOrder } from './architecture/direction.ts';
import { listFiles, parseSource, readSources, type SourceFile } from './architecture/source.ts';
import { findLiteralStates } from './architecture/states.ts';
import { findDuplicateTests, findEnvironmentReads, findEscapes, findImpurities, findOversize } from './architecture/style.ts';

const sources = readSources();
const isTest = (file: SourceFile): boolean => placeOfPath(file.path).role === 'test';
const inSource = (file: SourceFile): boolean => file.path.startsWith('src/') && !isTest(file);

describe('the code', () => {
  it('has a role for every file', () => {
    expect(findMisplaced(listFiles(['src', 'cli', 'web']))).toEqual([]);
  });

  it('imports in one direction', () => {
    const order = readFeatureOrder(sources);
    expect(sources.flatMap((file) => findWrongImports(file, order))).toEqual([]);
  });

  it('keeps pure files pure', () => {
    expect(sources.filter((file) => isPure(file.path)).flatMap(findImpurities)).toEqual([]);
  });

  it('reads the environment in the composition root only', () => {
    expect(sources.filter((file) => inSource(file) && file.path !== 'src/main.ts').flatMap(findEnvironmentReads)).toEqual([]);
  });

  it('stays small', () => {
    expect(sources.flatMap(findOversize)).toEqual([]);
  });

  it('writes states as the tables of the lives say', () => {
    const lives = /^src\/features\/(requests|approvals|assignments|grants|policies|packages|extensions|roleSchedules)\//;
    expect(sources.filter((file) => inSource(file) && lives.test(file.path) && placeOfPath(file.path).role !== 'machine').flatMap(findLiteralStates)).toEqual([]);
  });

  it('does not escape from its checks without a reason', () => {
    expect(sources.flatMap(findEscapes)).toEqual([]);
  });

  it('names every test of a file once', () => {
    expect(sources.filter(isTest).flatMap(findDuplicateTests)).toEqual([]);
  });
});

describe('the rules', () => {
  const found = (rule: (file: SourceFile) => readonly string[], text: string, path = 'src/features/requests/rules.ts'): number => rule(parseSource(path, text)).length;
  const wrong = (path: string, target: string, order?: readonly string[]): number => findWrongImports(parseSource(path, `import { x } from '${target}';`), order).length;

  it('see files without a role', () => {
    expect(findMisplaced(['src/features/requests/service.ts', 'src/platform/utils.ts', 'src/features/requests/notes.md', 'src/other.ts', 'cli/helpers/x.ts'])).toHaveLength(5);
    expect(findMisplaced(['src/features/requests/store/rows.ts', 'src/features/requests/rules.test.ts', 'src/kernel/machine.ts', 'src/features/index.ts'])).toEqual([]);
  });

  it('see imports that point the wrong way', () => {
    expect(wrong('src/features/requests/rules.ts', './store.ts')).toBe(1);
    expect(wrong('src/features/requests/store.ts', './commands.ts')).toBe(1);
    expect(wrong('src/connectors/ldap/ldap.ts', '../../platform/db/database.ts')).toBe(1);
    expect(wrong('src/platform/graph/router.ts', '../../features/audit/model.ts')).toBe(1);
    expect(wrong('cli/demo.ts', '../src/features/audit/store.ts')).toBe(1);
    expect(wrong('src/issuer/token.ts', '../features/grants/commands.ts')).toBe(1);
    expect(wrong('src/issuer/token.ts', '../features/grants/store.ts')).toBe(0);
    expect(wrong('src/features/requests/store/rows.ts', '../../packages/model.ts')).toBe(0);
  });

  it('see calls of later features', () => {
    const order = ['packages', 'requests'];
    expect(wrong('src/features/packages/commands.ts', '../requests/commands.ts', order)).toBe(1);
    expect(wrong('src/features/requests/commands.ts', '../packages/commands.ts', order)).toBe(0);
    expect(wrong('src/features/packages/rules.ts', '../requests/model.ts', order)).toBe(0);
  });

  it('read the order of the features', () => {
    const order = (text: string): readonly string[] | undefined => readFeatureOrder([parseSource('src/features/index.ts', text)]);
    expect(order(`export const featureOrder = ['a', 'b'] as const;`)).toEqual(['a', 'b']);
    expect(order(`import { x } from './b/api.ts';\nimport { y } from './a/api.ts';\nexport const features = [x, y];`)).toEqual(['b', 'a']);
    expect(readFeatureOrder([])).toBeUndefined();
  });

  it('see impurities', () => {
    const impure = ['Date.now();', 'new Date();', 'Math.random();', 'process.env;', 'async () => { await x; };', `import x from 'pg';`, `import x from 'node:crypto';`, 'crypto.randomUUID();', 'fetch(x);'];
    for (const text of impure) expect([text, found(findImpurities, text) > 0]).toEqual([text, true]);
    expect(found(findImpurities, `import { x } from './model.ts'; new Date(x); x.process.env;`)).toBe(0);
  });

  it('see what is too large', () => {
    expect(found(findOversize, '\n'.repeat(251))).toBe(1);
    expect(found(findOversize, `function f() {${'\n'.repeat(60)}}`)).toBe(1);
    expect(found(findOversize, 'const f = (a, b, c, d) => a;')).toBe(1);
    expect(found(findOversize, `describe('x', () => {${'\n'.repeat(80)}});`, 'src/a.test.ts')).toBe(0);
    expect(found(findOversize, `it('x', () => {${'\n'.repeat(80)}});`, 'src/a.test.ts')).toBe(1);
  });

  it('see escapes', () => {
    for (const text of ['let a: any;', 'a!.b;', '// @ts-ignore\n', '/* oxlint-disable eqeqeq */', '// @ts-expect-error soon']) expect([text, found(findEscapes, text)]).toEqual([text, 1]);
    expect(found(findEscapes, '// oxlint-disable-next-line eqeqeq -- null and undefined mean the same here\n')).toBe(0);
  });

  it('see states that are written by name', () => {
    const wrong = [
      `sql\`update assignments set state = 'expired', status = \${x} where id = \${id}\``, `sql\`with a as (update approval_stages s set due_at = null, status = 'InProgress' from said) select 1\``,
      `sql\`insert into assignments (id, state) select id, case state when 'delivered' then 'x' end from given\``, `sql\`insert into assignments (id, state) values (1, \${s}) on conflict (id) do update set state = 'expired'\``,
      `const move = { from, to: 'delivered', event };`,
    ];
    for (const text of wrong) expect([text, found(findLiteralStates, text)]).toEqual([text, 1]);
    for (const text of [`sql\`update assignments set state = \${to} where state = \${from}\``, `sql\`select id from assignments where state = 'delivered'\``]) expect([text, found(findLiteralStates, text)]).toEqual([text, 0]);
  });

  it('see reads of the environment', () => {
    expect(found(findEnvironmentReads, 'const { A } = process.env;')).toBe(1);
    expect(found(findEnvironmentReads, `import { env } from 'node:process';`)).toBe(1);
  });

  it('see repeated test names', () => {
    expect(found(findDuplicateTests, `it('a', f); it('a', f); describe('b', () => { it('a', f); });`)).toBe(1);
  });
});
