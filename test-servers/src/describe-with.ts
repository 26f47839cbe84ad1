/** How a specification asks for real servers. */
import { describe, inject } from 'vitest';
import type { ServerProgram } from './find-servers.ts';
import type { OwnPlace, OwnServer } from './own-server.ts';
import { type NeededServer, unservedName } from './skipped-notice.ts';
import { startMongo } from './start-mongo.ts';
import { type NatsOptions, startNats } from './start-nats.ts';
import type { ProvidedServer } from './vitest-setup.ts';

/** To be asked in hooks and tests only: a skipped suite is read, and has no server. */
export type TestServers = {
  /** Shared by the whole run: use streams, subjects and buckets that nobody else names. */
  readonly natsUrl: () => string;
  /** Shared by the whole run: use databases that nobody else names. */
  readonly mongodbUrl: () => string;
  /** The caller ends it; it ends with the run in any case. */
  readonly startNats: (options?: NatsOptions) => Promise<OwnServer>;
  readonly startMongo: (options?: OwnPlace) => Promise<OwnServer>;
};

const isThere = (needed: NeededServer): boolean => {
  const { nats, mongodb } = inject('servers');
  const server = needed.startsWith('nats') ? nats : mongodb;
  return needed.endsWith('-process') ? server.program !== undefined : server.url !== undefined;
};

const urlOf = ({ url, why }: ProvidedServer): string => {
  if (url === undefined) throw new Error(`name the server in describeWith: ${why}`);
  return url;
};

const programOf = ({ program, why }: ProvidedServer): ServerProgram => {
  if (program === undefined) throw new Error(`name the server in describeWith: ${why}`);
  return program;
};

const servers: TestServers = {
  natsUrl: () => urlOf(inject('servers').nats),
  mongodbUrl: () => urlOf(inject('servers').mongodb),
  startNats: (options) => startNats(programOf(inject('servers').nats), options),
  startMongo: (options) => startMongo(programOf(inject('servers').mongodb), options),
};

/** Like `describe`; skipped, counted and told at the end of the run when a server is missing. */
export function describeWith(
  needed: readonly NeededServer[],
  suite: string,
  specify: (servers: TestServers) => void,
): void {
  if (needed.every(isThere)) describe(suite, () => specify(servers));
  else describe.skip(unservedName(suite, needed), () => specify(servers));
}
