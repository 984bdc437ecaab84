/** What the hand-written pages name exists: every repository path in back-ticks, and every relative link. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const root = path.dirname(import.meta.dirname);
const pages = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', 'docs/map.md'];

const folders = /^(?:src|cli|test|bench|scripts|migrations|docs|\.ci)(?:\/|$)/;

/** Words in back-ticks that look like a path here. `NNNN` and the like stand for something. */
function pathsIn(text: string): readonly string[] {
  const prose = text.replace(/```[\s\S]*?```/g, '');
  return Array.from(prose.matchAll(/`([^`\s]+)`/g), ([, word = '']) => word).filter((word) => folders.test(word) && !/NNNN|\*|…/.test(word));
}

const linksIn = (text: string): readonly string[] =>
  Array.from(text.matchAll(/\]\(([^)\s]+)\)/g), ([, target = '']) => target).filter((target) => !/^(?:https?:|#)/.test(target));

/** What of some names does not exist, seen from a folder. */
const missing = (names: readonly string[], from: string): readonly string[] =>
  names.filter((name) => !existsSync(path.join(root, from, name.replace(/#.*$/, ''))));

describe('the hand-written pages', () => {
  it.each(pages)('%s names files that exist', (page) => {
    const text = readFileSync(path.join(root, page), 'utf8');
    expect(missing(pathsIn(text), '')).toEqual([]);
    expect(missing(linksIn(text), path.dirname(page))).toEqual([]);
  });

  it('are read by a rule that sees what is missing', () => {
    const text = 'See `src/main.ts`, `src/nowhere.ts`, `docs/generated`, `work.now`, `migrations/NNNN-words.sql` and [this](gone.md), [that](https://example.com).';
    expect(missing(pathsIn(text), '')).toEqual(['src/nowhere.ts']);
    expect(missing(linksIn(text), '')).toEqual(['gone.md']);
    expect(pathsIn('`src/main.ts` and `docs/generated`')).toEqual(['src/main.ts', 'docs/generated']);
  });
});
