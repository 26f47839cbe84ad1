/** A file system of its own: what is full then is not this machine's disk. Root alone mounts it. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const diskMib = 64;
const chunks = [1024 * 1024, 4096, 1];

export type SmallDisk = {
  readonly folder: string;
  /** @returns bytes written until nothing more went in */
  fill(): number;
  makeRoom(): void;
  end(): void;
};

const isFull = (failure: unknown): boolean =>
  failure instanceof Error && 'code' in failure && failure.code === 'ENOSPC';

function fill(filler: string): number {
  const file = openSync(filler, 'w');
  let written = 0;
  for (const size of chunks) {
    const bytes = Buffer.alloc(size);
    try {
      for (;;) written += writeSync(file, bytes);
    } catch (failure) {
      if (!isFull(failure)) throw failure;
    }
  }
  closeSync(file);
  return written;
}

export function smallDisk(folder: string): SmallDisk {
  mkdirSync(folder, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${diskMib}m`, 'tmpfs', folder], {
    stdio: 'ignore',
  });
  const filler = join(folder, 'filler');
  let mounted = true;
  const end = () => {
    if (mounted) execFileSync('umount', ['-l', folder]);
    mounted = false;
  };
  // Before the folder around it is removed.
  process.prependOnceListener('exit', end);
  return { folder, fill: () => fill(filler), makeRoom: () => rmSync(filler), end };
}
