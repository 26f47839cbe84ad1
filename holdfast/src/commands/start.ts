import { banner } from '../banner.ts';
import { startGatewayThread } from '../gateway-thread/start-gateway-thread.ts';
import { openTracing } from '../open-tracing.ts';
import { isRefusal, sentenceOf } from '../sentence.ts';
import { readSettings, type Settings } from '../settings.ts';
import { startEmbedded } from '../start-embedded.ts';

const stopWithinMs = 5_000;
/** npm and the terminal both pass a signal on: a second one this soon is the same one. */
const sameSignalMs = 1_000;

type Started = {
  readonly banner: string;
  untilReady(): Promise<void>;
  close(): Promise<void>;
};

async function startAs(
  settings: Settings,
  options: { readonly empty: boolean; readonly onFailure: (failure: unknown) => void },
): Promise<Started> {
  const tracing = await openTracing(process.env);
  if (settings.topology === 'clustered') {
    // Here, so that an embedded system does not load the drivers of servers that it has not.
    const { startClustered } = await import('../clustered/start-clustered.ts');
    return startClustered(settings, { ...options, tracing });
  }
  const running = await startEmbedded(settings, {
    ...{ ...options, tracing, openGateway: startGatewayThread() },
  });
  return { banner: banner(running), untilReady: async () => {}, close: running.close };
}

/** Runs until a signal comes. The exit code. */
export async function start(options: { readonly empty: boolean }): Promise<number> {
  const settings = readSettings(process.env);
  let fail: (failure: unknown) => void = () => {};
  const failed = new Promise<unknown>((resolve) => {
    fail = resolve;
  });
  const running = await startAs(settings, { ...options, onFailure: (failure) => fail(failure) });

  const asked = new Promise<undefined>((resolve) => {
    let firstAt: number | undefined;
    const stop = () => {
      if (firstAt === undefined) firstAt = performance.now();
      else if (performance.now() - firstAt > sameSignalMs) process.exit(0);
      resolve(undefined);
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
  });

  const ready = running.untilReady().then(() => process.stdout.write(running.banner));
  // What is asked while it waits to be ready ends it as well.
  await Promise.race([ready, failed, asked]);
  const failure = await Promise.race([failed, asked]);
  if (failure !== undefined) {
    // Nothing acknowledged is lost by ending here, and nothing more can be promised.
    if (!isRefusal(failure)) throw failure;
    process.stderr.write(`${sentenceOf(failure)}\n`);
    return 1;
  }
  const cut = setTimeout(() => process.exit(0), stopWithinMs - 200);
  await running.close();
  clearTimeout(cut);
  return 0;
}
