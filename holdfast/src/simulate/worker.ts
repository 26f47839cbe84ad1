/**
 * A thread of its own: it changes modules before it loads them, and runs one seed after the other.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { FromWorker, ToWorker, WorkerSettings } from './crew.ts';
import { patchModules } from './patched-modules.ts';
import { replaceModules } from './replaced-modules.ts';

// What crew.ts gives to a worker.
const { patches } = workerData as WorkerSettings;
const tell = (message: FromWorker) => parentPort?.postMessage(message);

replaceModules();
const mustBePatched = patchModules(patches);
const { runSeed } = await import('./run-seed.ts');
mustBePatched();

const framesOfStory = 20;
const unhandled: string[] = [];
process.on('unhandledRejection', (reason) => {
  unhandled.push(reason instanceof Error ? (reason.stack ?? reason.message) : String(reason));
});

parentPort?.on('message', async ({ seed, story }: ToWorker) => {
  const reader = story ? (line: string) => tell({ type: 'line', line }) : undefined;
  // Most failures of a run are meant to be; where one came from is of interest in its story alone.
  Error.stackTraceLimit = story ? framesOfStory : 0;
  const result = await runSeed(seed, reader);
  const failures = unhandled.splice(0).map((words) => ({
    invariant: 'availability' as const,
    words: `a failure that nobody handles ends a process: ${words}`,
  }));
  tell({ type: 'result', result: { ...result, findings: [...result.findings, ...failures] } });
});
tell({ type: 'ready' });
