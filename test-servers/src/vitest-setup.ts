/** Starts one server of each kind before the tests of a run, and says at its end who had none. */
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { type FoundServer, findServers, type ServerProgram } from './find-servers.ts';
import type { OwnServer } from './own-server.ts';
import { isUnserved, skippedNotice } from './skipped-notice.ts';
import { startMongo } from './start-mongo.ts';
import { startNats } from './start-nats.ts';

export type ProvidedServer = {
  readonly url: string | undefined;
  /** For tests that start one of their own; none when the environment named a running one. */
  readonly program: ServerProgram | undefined;
  /** Of what is missing; empty when nothing is. */
  readonly why: string;
};

type ProvidedServers = { readonly nats: ProvidedServer; readonly mongodb: ProvidedServer };

declare module 'vitest' {
  export interface ProvidedContext {
    servers: ProvidedServers;
  }
}

/** Many tests start processes of ours; compiling is half of what the start of one takes. */
const compileCache = fileURLToPath(new URL('../../node_modules/.cache/compiled', import.meta.url));

type Start = (program: ServerProgram) => Promise<OwnServer>;

async function provided(
  found: FoundServer,
  named: string,
  start: Start,
  started: OwnServer[],
): Promise<ProvidedServer> {
  switch (found.status) {
    case 'running': {
      const why = `${named} names a server that is not ours to kill.`;
      return { url: found.url, program: undefined, why };
    }
    case 'missing':
      return { url: undefined, program: undefined, why: `Without ${named}: ${found.why}.` };
    case 'program': {
      const server = await start(found.program);
      started.push(server);
      return { url: server.url, program: found.program, why: '' };
    }
  }
}

function unservedOf(project: TestProject): readonly string[] {
  const modules = project.vitest.state.getTestModules();
  return modules.flatMap((module) =>
    [...module.children.allSuites()]
      .filter(({ name }) => isUnserved(name))
      .map(({ name }) => `${module.relativeModuleId}: ${name}`),
  );
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  process.env.NODE_COMPILE_CACHE ??= compileCache;
  const found = await findServers();
  const started: OwnServer[] = [];
  const nats = await provided(found.nats, 'NATS_URL', startNats, started);
  const mongodb = await provided(found.mongodb, 'MONGODB_URL', startMongo, started);
  project.provide('servers', { nats, mongodb });

  return async () => {
    await Promise.all(started.map((server) => server.end()));
    const reasons = [nats.why, mongodb.why].filter((why) => why !== '');
    process.stdout.write(skippedNotice(unservedOf(project), reasons));
  };
}
