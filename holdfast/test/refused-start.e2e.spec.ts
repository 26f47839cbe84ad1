/** A start that cannot be: one sentence that names the fix, exit code 1, nothing harmed. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startHoldfast } from 'holdfast';
import { afterEach, describe, expect, it } from 'vitest';
import { clientOf } from './client.ts';
import { type Ended, keysIn, workshop } from './process.ts';
import { withClients } from './system.ts';

const shop = workshop();
afterEach(() => shop.clear());

/** One line, no stack. */
const expectRefused = ({ code, stderr, stdout }: Ended, ...words: readonly (string | RegExp)[]) => {
  expect([code, stderr.trim().split('\n')]).toEqual([1, [expect.any(String)]]);
  for (const word of words) expect(stderr).toMatch(word);
  expect(stderr).not.toMatch(/\n\s+at |node:internal/);
  expect(stdout).not.toContain('ready');
};

/** A folder with a system that was killed in the middle of its life; what is in it is sound. */
async function killedStore(): Promise<string> {
  const folder = shop.folder();
  const running = shop.start(folder);
  const url = await running.ready();
  const system = withClients({ url, keys: keysIn(folder), close: async () => {} });
  for (let item = 0; item < 10; item += 1) await system.stock(`SKU${item}`, { BER: 5 });
  running.child.kill('SIGKILL');
  await running.ended;
  return folder;
}
const store = (folder: string) => join(folder, 'holdfast.db');

it('a second process on the same folder is refused, and the first goes on', async () => {
  const folder = shop.folder();
  const first = shop.start(folder);
  const url = await first.ready();
  expectRefused(await shop.start(folder).ended, folder, /another|already|running|use/i);
  const { data } = await clientOf(url, undefined).ask('{ __typename }');
  expect(data).toEqual({ __typename: 'Query' });
});

it('a port that was set and is taken is named', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const address = taken.address();
  const port = String(typeof address === 'object' ? address?.port : address);
  try {
    expectRefused(await shop.start(shop.folder(), { PORT: port }).ended, port, 'PORT');
  } finally {
    taken.close();
  }
});

const cluster = { NATS_URL: 'nats://127.0.0.1:1', MONGODB_URL: 'mongodb://127.0.0.1:1' };
const secret = 'a secret of thirty-two characters';

it('a wrong setting is named', async () => {
  const wrong = [
    [{ PORT: 'http' }, 'PORT'],
    [{ NATS_URL: 'nats://127.0.0.1' }, 'MONGODB_URL'],
    [{ MONGODB_URL: 'mongodb://127.0.0.1' }, 'NATS_URL'],
    [{ ...cluster }, 'HOLDFAST_SECRET'],
    [{ ...cluster, HOLDFAST_SECRET: 'too short' }, 'HOLDFAST_SECRET'],
    [{ ...cluster, HOLDFAST_SECRET: secret, HOLDFAST_ROLE: 'erp-bridge' }, 'HOLDFAST_ROLE'],
    [{ ...cluster, HOLDFAST_SECRET: secret, HOLDFAST_ROLE: 'gateway' }, 'INVENTORY_URL'],
  ] as const;
  const started = wrong.map(([environment]) => shop.start(shop.folder(), environment).ended);
  for (const [at, [, name]] of wrong.entries()) {
    const ended = await started[at];
    if (ended) expectRefused(ended, name);
  }
});

it.each([
  [{ holdfastStorefrontCap: 0 }, 'HOLDFAST_STOREFRONT_CAP'],
  [{ holdfastStorefrontRate: 'fast' }, 'HOLDFAST_STOREFRONT_RATE'],
  [{ holdfastKeyRate: '1/0' }, 'HOLDFAST_KEY_RATE'],
  [{ port: 65_536 }, 'PORT'],
])('so is a wrong option: %o', async (options, name) => {
  await expect(startHoldfast({ empty: true, ...options })).rejects.toThrow(name);
});

it('leaves nothing running in the process that asked, where its port is taken', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const program = join(shop.folder(), 'refused.mjs');
  writeFileSync(
    program,
    `import { startHoldfast } from '${import.meta.resolve('holdfast')}';
    const refused = ({ message }) => console.log(message);
    await startHoldfast({ port: ${port}, empty: true }).catch(refused);`,
  );
  const started = promisify(execFile)(process.execPath, [program], { timeout: 15_000 });
  const { stdout } = await started.finally(() => taken.close());
  expect(stdout).toContain(`Port ${port} is in use`);
});

it('on another address than this machine nobody is an anonymous storefront', async () => {
  const running = shop.start(shop.folder(), { HOST: '0.0.0.0' });
  const outcome = await Promise.race([running.ready(), running.ended]);
  if (typeof outcome !== 'string') return expectRefused(outcome, 'HOST');
  const { errors } = await clientOf(outcome.replace('0.0.0.0', '127.0.0.1'), undefined).ask(
    '{ availability(skus: ["TEE"]) { sku } }',
  );
  expect(errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
});

describe('a store that was harmed while nobody looked', () => {
  it('is whole after a kill alone', async () => {
    const folder = await killedStore();
    const url = await shop.start(folder).ready();
    const seen = await clientOf(url, undefined).availability('SKU9');
    expect(seen.availableToPromise).toBe(5);
  });

  it('cut off: one sentence', async () => {
    const folder = await killedStore();
    // What the log beside it says would mend the cut.
    rmSync(`${store(folder)}-wal`, { force: true });
    const { size } = statSync(store(folder));
    truncateSync(store(folder), Math.floor(size / 2));
    expectRefused(await shop.start(folder).ended, /damaged|store/i);
  });

  it('of no bytes that belong there: one sentence', async () => {
    const folder = await killedStore();
    rmSync(`${store(folder)}-wal`, { force: true });
    writeFileSync(store(folder), 'this is no store of ours'.repeat(400));
    expectRefused(await shop.start(folder).ended, /damaged|store/i);
  });

  it('with one bit flipped in a fact that was kept: one sentence', async () => {
    const folder = await killedStore();
    const first = shop.start(folder);
    await first.ready();
    first.child.kill('SIGTERM');
    await first.ended;
    const bytes = readFileSync(store(folder));
    const at = bytes.lastIndexOf('"StockReceived"');
    expect(at).toBeGreaterThan(0);
    bytes[at + 3] = (bytes[at + 3] ?? 0) ^ 1;
    writeFileSync(store(folder), bytes);
    const started = shop.start(folder);
    const outcome = await Promise.race([started.ready().catch(() => ''), started.ended]);
    if (outcome && typeof outcome === 'string') {
      // Below the checkpoint a start does not look; `verify` does.
      started.child.kill('SIGTERM');
      await started.ended;
      const verified = await shop.start(folder, {}, ['verify']).ended;
      return expectRefused(verified, /Breach|damaged/);
    }
    expectRefused(await started.ended, /damaged/);
  });
});
