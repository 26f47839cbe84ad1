/**
 * Makes the published package: the workspaces' sources as JavaScript in one folder, since Node
 * strips no types under node_modules. `npm run package` writes holdfast/package/ and its tarball.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const root = fileURLToPath(new URL('../..', import.meta.url));
const target = join(root, 'holdfast/package');

/** Workspace folder to its folder in the package. */
const parts: Readonly<Record<string, string>> = {
  schema: 'schema',
  chassis: 'chassis',
  'subgraphs/inventory': 'inventory',
  'subgraphs/orders': 'orders',
  gateway: 'gateway',
  holdfast: 'holdfast',
};

const manifest = z.object({
  name: z.string(),
  version: z.string(),
  exports: z.record(z.string(), z.string()).default({}),
  dependencies: z.record(z.string(), z.string()).default({}),
});

const readManifest = (folder: string) =>
  manifest.parse(JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')));

/** Where `@holdfast/chassis/clock` lies in the package. */
function resolveOurs(specifier: string): string | undefined {
  for (const [folder, part] of Object.entries(parts)) {
    const { name, exports } = readManifest(folder);
    if (!specifier.startsWith(`${name}/`)) continue;
    const door = `.${specifier.slice(name.length)}`;
    const exact = exports[door];
    const pattern = exports['./*'];
    const file = exact ?? pattern?.replace('*', door.slice(2));
    return file && join(target, 'lib', part, file);
  }
  return undefined;
}

/** Types gone, our imports relative, `.ts` become `.js`: also in URLs of workers. */
function toJavaScript(source: string, file: string): string {
  const stripped = stripTypeScriptTypes(source, { mode: 'strip' });
  return stripped.replaceAll(
    /(['"])(@holdfast\/[^'"]+|\.{1,2}\/[^'"]+\.ts)\1/g,
    (text, quote, specifier) => {
      const ours = specifier.startsWith('@')
        ? resolveOurs(specifier)
        : join(dirname(file), specifier);
      if (!ours) return text;
      const path = relative(dirname(file), ours).replace(/\.ts$/, '.js');
      return quote + (path.startsWith('.') ? path : `./${path}`) + quote;
    },
  );
}

function copyPart(folder: string, part: string): void {
  const files = globSync('src/**/*.ts', { cwd: join(root, folder) });
  for (const file of files) {
    if (/\.(spec|contract)\.ts$/.test(file) || file.includes('/wrong/')) continue;
    const from = readFileSync(join(root, folder, file), 'utf8');
    const to = join(target, 'lib', part, file);
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to.replace(/\.ts$/, '.js'), toJavaScript(from, to));
  }
  cpSync(join(root, folder, 'package.json'), join(target, 'lib', part, 'package.json'));
}

function pack(): void {
  rmSync(target, { recursive: true, force: true });
  const dependencies: Record<string, string> = {};
  for (const [folder, part] of Object.entries(parts)) {
    copyPart(folder, part);
    for (const [name, range] of Object.entries(readManifest(folder).dependencies)) {
      if (!name.startsWith('@holdfast/')) dependencies[name] = range;
    }
  }
  for (const file of globSync('*.graphql', { cwd: join(root, 'schema') })) {
    cpSync(join(root, 'schema', file), join(target, 'lib/schema', file));
  }
  const samples = 'holdfast/src/import/samples';
  cpSync(join(root, samples), join(target, 'lib', samples), { recursive: true });
  cpSync(join(root, 'console/dist'), join(target, 'lib/console/dist'), { recursive: true });
  for (const file of ['LICENSE', 'NOTICE', 'README.md'])
    cpSync(join(root, file), join(target, file));
  mkdirSync(join(target, 'bin'));
  const bin = readFileSync(join(root, 'holdfast/bin/holdfast.js'), 'utf8');
  writeFileSync(
    join(target, 'bin/holdfast.js'),
    bin.replace('../src/main.ts', '../lib/holdfast/src/main.js'),
    { mode: 0o755 },
  );
  const { name, version } = readManifest('holdfast');
  const published = {
    ...{ name, version, license: 'Apache-2.0', type: 'module', engines: { node: '>=24' } },
    bin: { holdfast: './bin/holdfast.js' },
    exports: { '.': './lib/holdfast/src/start-holdfast.js' },
    dependencies,
  };
  writeFileSync(join(target, 'package.json'), `${JSON.stringify(published, null, 2)}\n`);
  execFileSync('npm', ['pack', '--silent'], {
    cwd: target,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}

pack();
