/**
 * Builds the servers that go.mod pins, once: the cache is named by what they are built from.
 */
import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findOnPath } from './find-on-path.ts';

export type BuiltServers =
  | { readonly status: 'built'; readonly folder: string }
  | { readonly status: 'not-built'; readonly why: string };

type Environment = Readonly<Record<string, string | undefined>>;

const sources = join(import.meta.dirname, '..');
/** All that the build reads of ours: a file left out would leave an old server in the cache. */
const builtFrom = [
  ...['go.mod', 'go.sum'],
  ...globSync('ferretdb/*.go', { cwd: sources }).toSorted(),
];
/** From nothing, over a slow line. */
const buildTimeoutMs = 15 * 60_000;

function checksum(): string {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`);
  for (const file of builtFrom) hash.update(readFileSync(join(sources, file)));
  return hash.digest('hex').slice(0, 16);
}

function cacheFolder(environment: Environment): string {
  const home = environment.HOME ?? homedir();
  const caches =
    environment.XDG_CACHE_HOME ??
    environment.LOCALAPPDATA ??
    join(home, process.platform === 'darwin' ? 'Library/Caches' : '.cache');
  return join(caches, 'holdfast', 'test-servers');
}

/** Two processes may build at once: the first to rename wins, and both have the same. */
function keep(fresh: string, folder: string): void {
  try {
    renameSync(fresh, folder);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
}

/** The end of what the toolchain said, as it names the cause last. */
const causeOf = (error: unknown): string => {
  const said = (error as { readonly stderr?: string }).stderr?.trim().split('\n').at(-1);
  return said || (error instanceof Error ? error.message : String(error));
};

async function build(go: string, folder: string): Promise<BuiltServers> {
  const fresh = `${folder}.${randomUUID()}`;
  mkdirSync(fresh, { recursive: true });
  // On stderr, as the caller's stdout may be read by a program.
  console.error('Building nats-server and FerretDB for the tests, once; it takes about a minute.');
  try {
    const servers = ['github.com/nats-io/nats-server/v2', './ferretdb'];
    await promisify(execFile)(go, ['build', '-trimpath', '-o', `${fresh}/`, ...servers], {
      cwd: sources,
      env: { ...process.env, CGO_ENABLED: '0' },
      timeout: buildTimeoutMs,
    });
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    return { status: 'not-built', why: `Go could not build test-servers/: ${causeOf(error)}` };
  }
  keep(fresh, folder);
  return { status: 'built', folder };
}

export async function builtServers(environment: Environment): Promise<BuiltServers> {
  const folder = join(cacheFolder(environment), checksum());
  if (existsSync(folder)) return { status: 'built', folder };

  const go = findOnPath('go', environment.PATH);
  if (!go) return { status: 'not-built', why: 'no Go toolchain to build one (https://go.dev/dl)' };
  return await build(go, folder);
}
