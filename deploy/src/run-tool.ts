/** Runs a program to its end, and the Go tools that deploy/tools/go.mod pins. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

export const repository = join(import.meta.dirname, '../..');

export type Environment = Readonly<Record<string, string>>;

/** A tool that is not built yet is built first. */
const timeoutMs = 10 * 60_000;
const outputBytesMax = 32 * 1024 * 1024;

/** @returns what it wrote @throws with the last lines that it said */
export async function runProgram(
  program: string,
  parameters: readonly string[],
  environment: Environment = {},
  folder = repository,
): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(program, [...parameters], {
      cwd: folder,
      env: { ...process.env, ...environment },
      timeout: timeoutMs,
      maxBuffer: outputBytesMax,
    });
    return stdout;
  } catch (cause) {
    const said = (cause as { readonly stderr?: string }).stderr?.trim();
    throw new Error(`${program} ${parameters.slice(0, 4).join(' ')}: ${said || cause}`, { cause });
  }
}

/** Where go.mod pins them, and so where they run: paths are from there. */
const tools = join(repository, 'deploy/tools');

/** As the tools are built once and kept by Go: the same settings, or they are built anew. */
const building = { CGO_ENABLED: '0' };

export const runHelm = (...parameters: readonly string[]): Promise<string> =>
  runProgram('go', ['tool', 'helm', ...parameters], building, tools);

/** What `docker compose config` would say: the loader is the same. */
export const runCompose = (environment: Environment): Promise<string> => {
  const parameters = ['run', './compose', '../compose.yaml'];
  return runProgram('go', parameters, { ...building, ...environment }, tools);
};
