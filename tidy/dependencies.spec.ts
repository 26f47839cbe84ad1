import { globSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { missingIn, readPackage, readWorkspace, unusedIn } from './dependencies.ts';
import { repository } from './syntax.ts';

const packageFiles = globSync(['*/package.json', 'subgraphs/*/package.json'], { cwd: repository });
const workspaces = packageFiles
  .map((file) => readWorkspace(posix.dirname(file.replaceAll('\\', '/'))))
  .sort((a, b) => a.folder.localeCompare(b.folder));

const ours = new Set(workspaces.map(({ name }) => name));
const packagesOf = (installed: readonly string[]) => installed.filter((name) => !ours.has(name));

describe('dependencies', () => {
  it('are read from every workspace', () => {
    expect(workspaces.map(({ folder }) => folder)).toContain('subgraphs/orders');
    expect(workspaces.length).toBeGreaterThan(6);
  });

  it('are declared by whoever imports them', () => {
    expect(workspaces.flatMap(missingIn)).toEqual([]);
  });

  it('are imported by whoever declares them', () => {
    const foreign = workspaces.map((each) => ({ ...each, installed: packagesOf(each.installed) }));
    expect(foreign.flatMap(unusedIn)).toEqual([]);
  });

  it('have their reason in DECISIONS', () => {
    const reasons = readFileSync(join(repository, 'DECISIONS.md'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .flatMap((line) =>
        [...(line.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name),
      );
    const direct = ['.', ...workspaces.map(({ folder }) => folder)].flatMap((folder) => {
      const { dependencies = {}, devDependencies = {} } = readPackage(folder);
      return [...Object.keys(dependencies), ...Object.keys(devDependencies)];
    });
    const wanted = packagesOf([...new Set(direct)]).sort();
    expect([...new Set(reasons)].sort()).toEqual(wanted);
  });

  it('that nobody declares or imports are recognized', () => {
    const wrong = {
      ...{ folder: 'gateway', name: '@holdfast/gateway', installed: ['left-pad', 'vitest'] },
      used: new Map([
        ['ws', ['gateway/src/app.ts']],
        ['vitest', ['gateway/test/a.int.spec.ts']],
      ]),
    };
    expect(missingIn(wrong)).toEqual([
      'gateway/src/app.ts imports ws, which @holdfast/gateway does not declare',
    ]);
    expect(unusedIn(wrong)).toEqual([
      '@holdfast/gateway declares left-pad, which nothing in it needs to run',
      '@holdfast/gateway declares vitest, which nothing in it needs to run',
    ]);
  });
});
