/** Programs that the machine has. */
import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Major and minor. */
export type Version = readonly [number, number];

export const versionText = (version: Version): string => version.join('.');

const answerTimeoutMs = 10_000;

const mayRun = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    // Not there, or not ours to run: the next folder of the PATH is looked at.
    return false;
  }
};

export const findOnPath = (name: string, path = ''): string | undefined =>
  path
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(mayRun);

/** `nats-server: v2.15.2` and the `version` of an INFO line, e.g. `2.12.0-beta.1`. */
export function versionIn(text: string): Version | undefined {
  const [, major, minor] = /\bv?(\d+)\.(\d+)\.\d+/.exec(text) ?? [];
  return major && minor ? [Number(major), Number(minor)] : undefined;
}

/** Undefined when it does not say: then it is none that we know how to use. */
export function natsVersionOf(file: string): Version | undefined {
  try {
    const said = execFileSync(file, ['--version'], { encoding: 'utf8', timeout: answerTimeoutMs });
    return versionIn(said);
  } catch {
    // A program that cannot be run is as good as none; another way is tried.
    return undefined;
  }
}
