import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { breachesOf, climbsOf, isBehind, isOnlyIndex } from './breaches.ts';
import { roomOf, rooms, upwardsOf } from './chassis-rooms.ts';
import { allowedReaders, isMain, noServerCode, readsOf, serverCode } from './clock-readers.ts';
import { walls } from './import-walls.ts';
import { filesUnder, parseSource, repository, type SourceFile } from './syntax.ts';

const ours = filesUnder(repository, ['ts', 'tsx'])
  .filter((file) => !file.startsWith('tidy/'))
  .map((file) => parseSource(repository, file));

/** Files that break one rule on purpose, each at the path where it would break it. */
function wrong(rule: string): readonly SourceFile[] {
  const root = join(import.meta.dirname, 'wrong', rule);
  return filesUnder(root, ['ts', 'tsx']).map((file) => parseSource(root, file));
}

describe.each(walls)('the wall "$name"', (wall) => {
  it('stands in front of something', () => {
    const behind = ours.filter(({ file }) => isBehind(wall, file));
    expect(behind.length, `files that match ${wall.of}`).toBeGreaterThan(0);
  });

  it('reports its wrong fixture', () => {
    const fixtures = wrong(wall.name);
    expect(fixtures.length, `files in tidy/wrong/${wall.name}`).toBeGreaterThan(0);
    for (const fixture of fixtures) {
      expect(breachesOf(wall, fixture), `${wall.name}/${fixture.file}`).toHaveLength(1);
    }
  });

  it('is not breached', () => {
    expect(ours.flatMap((source) => breachesOf(wall, source))).toEqual([]);
  });
});

describe('paths', () => {
  it('never climb twice or out of their package', () => {
    expect(wrong('climbs').flatMap(climbsOf)).toHaveLength(2);
    expect(ours.flatMap(climbsOf)).toEqual([]);
  });

  it('lead to where a thing is defined, not to an index that passes it on', () => {
    expect(wrong('index').map(isOnlyIndex)).toEqual([true]);
    expect(ours.filter(isOnlyIndex).map(({ file }) => file)).toEqual([]);
  });
});

describe('the rooms of the chassis', () => {
  it('know only those below them', () => {
    expect(wrong('rooms').flatMap(upwardsOf)).toHaveLength(2);
    expect(ours.flatMap(upwardsOf)).toEqual([]);
  });

  it('are all there, and in its README in their order', () => {
    const folders = ours.map(({ file }) => roomOf(file));
    expect([...new Set(folders)].filter(Boolean).sort()).toEqual([...rooms].sort());
    const readme = readFileSync(join(repository, 'chassis/README.md'), 'utf8');
    const told = [...readme.matchAll(/^\| `src\/([^/`]+)\/` /gm)].map(([, room]) => room);
    expect(told).toEqual(rooms);
  });
});

describe('time and chance', () => {
  const readers = ours.filter(({ file }) => serverCode.test(file) && !noServerCode.test(file));

  it('are recognized in every form', () => {
    const [fixture] = wrong('clock');
    const lines = fixture!.text.split('\n');
    const due = lines.flatMap((line, at) => (line.includes('// reported') ? [at + 1] : []));
    const found = readsOf(fixture!).map((read) => Number(read.match(/:(\d+) /)?.[1]));
    expect(found).toEqual(due);
  });

  it('come in by the clock, main files and the named edges only', () => {
    const others = readers.filter(({ file }) => !allowedReaders.has(file) && !isMain(file));
    expect(others.length).toBeGreaterThan(0);
    expect(others.flatMap(readsOf)).toEqual([]);
  });

  it.each([...allowedReaders.keys()])('are still needed in %s', (file) => {
    const reader = readers.find((source) => source.file === file);
    expect(reader && readsOf(reader).length, `${file} may leave the list`).toBeGreaterThan(0);
  });
});
