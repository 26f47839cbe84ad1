/** A server that speaks MongoDB's protocol, of the test's own. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ServerProgram } from './find-servers.ts';
import { type OwnPlace, type OwnServer, startOwn } from './own-server.ts';

function parametersOf({ kind }: ServerProgram, folder: string, port: number): readonly string[] {
  const state = join(folder, 'databases');
  mkdirSync(state, { recursive: true });
  return kind === 'ferretdb'
    ? ['-address', `127.0.0.1:${port}`, '-state', `${state}/`]
    : ['--bind_ip', '127.0.0.1', '--port', String(port), '--dbpath', state];
}

/**
 * Neither is a replica set here, which the address tells the driver.
 *
 * @throws with what the server said, when it does not come up
 */
export const startMongo = (program: ServerProgram, options: OwnPlace = {}): Promise<OwnServer> =>
  startOwn(options, (folder, port) => ({
    program,
    parameters: parametersOf(program, folder, port),
    url: `mongodb://127.0.0.1:${port}/?directConnection=true&retryWrites=false`,
  }));
