/**
 * Which real servers the tests may use, with nothing set by hand: those that the environment names,
 * else programs on the PATH, else what this folder builds with Go, else a sentence why there is
 * none.
 */
import { answersNats, listens } from './ask-server.ts';
import { type BuiltServers, builtServers } from './build-servers.ts';
import { findOnPath, natsVersionOf, type Version, versionText } from './find-on-path.ts';

/** A program that is started for the tests. */
export type ServerProgram = {
  readonly kind: 'nats-server' | 'mongod' | 'ferretdb';
  readonly file: string;
};

export type FoundServer =
  | { readonly status: 'running'; readonly url: string }
  | { readonly status: 'program'; readonly program: ServerProgram }
  | { readonly status: 'missing'; readonly why: string };

export type FoundServers = { readonly nats: FoundServer; readonly mongodb: FoundServer };

type Environment = Readonly<Record<string, string | undefined>>;

/** `sync_interval: always` came with 2.10, what we ask of streams with 2.11. */
const natsMin: Version = [2, 11];

const isOld = ([major, minor]: Version): boolean =>
  major < natsMin[0] || (major === natsMin[0] && minor < natsMin[1]);

const program = (kind: ServerProgram['kind'], file: string): FoundServer => ({
  status: 'program',
  program: { kind, file },
});

/** @throws when the environment names a server that is not there: a wish is not skipped */
async function namedNats(url: string): Promise<FoundServer> {
  const version = await answersNats(url);
  if (isOld(version)) {
    throw new Error(
      `NATS_URL names a nats-server ${versionText(version)}: ` +
        `start ${versionText(natsMin)} or newer there, or unset NATS_URL.`,
    );
  }
  return { status: 'running', url };
}

async function namedMongo(url: string): Promise<FoundServer> {
  if (!(await listens(url))) {
    throw new Error('Nothing listens at MONGODB_URL: start the server, or unset MONGODB_URL.');
  }
  return { status: 'running', url };
}

type Build = () => Promise<BuiltServers>;

async function findNats(environment: Environment, build: Build): Promise<FoundServer> {
  if (environment.NATS_URL) return await namedNats(environment.NATS_URL);

  const file = findOnPath('nats-server', environment.PATH);
  const version = file && natsVersionOf(file);
  if (file && version && !isOld(version)) return program('nats-server', file);

  const built = await build();
  if (built.status === 'built') return program('nats-server', `${built.folder}/nats-server`);
  const onPath = version ? `the one on the PATH is ${versionText(version)}` : 'none on the PATH';
  return {
    status: 'missing',
    why: `no nats-server ${versionText(natsMin)} or newer (${onPath}), and ${built.why}`,
  };
}

async function findMongo(environment: Environment, build: Build): Promise<FoundServer> {
  if (environment.MONGODB_URL) return await namedMongo(environment.MONGODB_URL);

  const file = findOnPath('mongod', environment.PATH);
  if (file) return program('mongod', file);

  const built = await build();
  if (built.status === 'built') return program('ferretdb', `${built.folder}/ferretdb`);
  return { status: 'missing', why: `no mongod on the PATH, and ${built.why}` };
}

/** @throws a sentence when `NATS_URL` or `MONGODB_URL` names what cannot be used */
export async function findServers(environment: Environment = process.env): Promise<FoundServers> {
  // Both come from one build, which is tried once, and only when it is needed.
  let built: Promise<BuiltServers> | undefined;
  const build = () => {
    built ??= builtServers(environment);
    return built;
  };
  const nats = await findNats(environment, build);
  return { nats, mongodb: await findMongo(environment, build) };
}
