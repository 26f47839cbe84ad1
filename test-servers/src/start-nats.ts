/** A nats-server with JetStream, of the test's own: it may be killed, filled and emptied. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServerProgram } from './find-servers.ts';
import { type OwnPlace, type OwnServer, startOwn } from './own-server.ts';

export type NatsOptions = OwnPlace & {
  /** With it, every client has to give both. */
  readonly login?: { readonly user: string; readonly password: string };
  /** More lines of nats-server's configuration, at its top level. */
  readonly config?: string;
  /** More lines inside the block `jetstream`, e.g. `max_file_store: 1MB`. */
  readonly jetstream?: string;
};

function configuration(folder: string, port: number, options: NatsOptions): string {
  const { login, config = '', jetstream = '' } = options;
  const quoted = (text: string) => JSON.stringify(text);
  // An acknowledged message is on the disk; by default it would be there two minutes later.
  return [
    `listen: "127.0.0.1:${port}"`,
    `jetstream {\nstore_dir: ${quoted(folder)}\nsync_interval: always\n${jetstream}\n}`,
    login && `authorization { user: ${quoted(login.user)}, password: ${quoted(login.password)} }`,
    config,
  ]
    .filter(Boolean)
    .join('\n');
}

function addressOf(port: number, { login }: NatsOptions): string {
  const who = login && `${encodeURIComponent(login.user)}:${encodeURIComponent(login.password)}@`;
  return `nats://${who ?? ''}127.0.0.1:${port}`;
}

/** @throws with what the server said, when it does not come up */
export const startNats = (program: ServerProgram, options: NatsOptions = {}): Promise<OwnServer> =>
  startOwn(options, (folder, port) => {
    const file = join(folder, 'nats.conf');
    writeFileSync(file, configuration(join(folder, 'jetstream'), port, options));
    return { program, parameters: ['-c', file], url: addressOf(port, options) };
  });
