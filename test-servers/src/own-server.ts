/** A server of one test's own, with a folder and a port that nobody else uses. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, type ServerProcess, type ServerStart, startProcess } from './server-process.ts';

export type OwnServer = ServerProcess & {
  /** Stops it for good; a folder that was made for it goes as well. */
  readonly end: () => Promise<void>;
};

export type OwnPlace = {
  /** Kept by whoever names it; otherwise a temporary one, which goes with `end`. */
  readonly storeDir?: string;
  /** By default a free one of 127.0.0.1. */
  readonly port?: number;
};

const startsMax = 3;

/** @throws with what the server said, when it does not come up */
export async function startOwn(
  { storeDir, port }: OwnPlace,
  startAt: (folder: string, port: number) => Omit<ServerStart, 'folder' | 'port'>,
): Promise<OwnServer> {
  const folder = storeDir ?? mkdtempSync(join(tmpdir(), 'holdfast-server-'));
  mkdirSync(folder, { recursive: true });
  const temporary = storeDir === undefined ? folder : undefined;
  const clear = () => {
    if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true });
  };
  for (let starts = 1; ; starts++) {
    try {
      const at = port ?? (await freePort());
      const server = await startProcess({ ...startAt(folder, at), port: at, folder: temporary });
      const end = async () => {
        await server.stop();
        clear();
      };
      return { ...server, end };
    } catch (error) {
      // Somebody may have taken the free port meanwhile; a port that was asked for stays.
      if (starts < startsMax && port === undefined) continue;
      clear();
      throw error;
    }
  }
}
