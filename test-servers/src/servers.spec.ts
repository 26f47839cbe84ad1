import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { answersNats, listens } from './ask-server.ts';
import { describeWith } from './describe-with.ts';

/** What comes back when `bytes` are sent, until `isWhole`. */
function exchange(url: string, bytes: Buffer, isWhole: (heard: Buffer) => boolean) {
  const { hostname, port } = new URL(url);
  return new Promise<Buffer>((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) }, () => socket.write(bytes));
    let heard = Buffer.alloc(0);
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`closed after ${heard.length} bytes`)));
    socket.on('data', (more: Buffer) => {
      heard = Buffer.concat([heard, more]);
      if (!isWhole(heard)) return;
      resolve(heard);
      socket.destroy();
    });
  });
}

/** `{hello: 1, $db: 'admin'}` as OP_MSG, by the letter of MongoDB's wire protocol. */
function hello(): Buffer {
  const fields = Buffer.concat([
    Buffer.from('\x10hello\0\x01\0\0\0', 'latin1'),
    Buffer.from('\x02$db\0\x06\0\0\0admin\0', 'latin1'),
    Buffer.from([0]),
  ]);
  const opMsg = 2013;
  const numbers = [16 + 4 + 1 + 4 + fields.length, 1, 0, opMsg, 0];
  const head = Buffer.alloc(4 * numbers.length);
  for (const [at, number] of numbers.entries()) head.writeInt32LE(number, 4 * at);
  const length = Buffer.alloc(4);
  length.writeInt32LE(4 + fields.length);
  return Buffer.concat([head, Buffer.from([0]), length, fields]);
}

describeWith(['nats'], 'the NATS of the run', ({ natsUrl }) => {
  it('answers, with JetStream', async () => {
    const request = 'CONNECT {"verbose":false}\r\nSUB r 1\r\nPUB $JS.API.INFO r 0\r\n\r\n';
    const isAccount = (heard: Buffer) => heard.includes('account_info_response');
    const heard = await exchange(natsUrl(), Buffer.from(request), isAccount);
    expect(heard.toString()).toMatch(/"storage":\d+/);
  });
});

describeWith(['mongodb'], 'the MongoDB of the run', ({ mongodbUrl }) => {
  it('answers hello', async () => {
    const isWhole = (heard: Buffer) => heard.length >= 4 && heard.length >= heard.readInt32LE(0);
    const heard = await exchange(mongodbUrl(), hello(), isWhole);
    expect(heard.includes('maxWireVersion')).toBe(true);
  });
});

const program = join(import.meta.dirname, '../test/start-and-wait.ts');

describeWith(['nats-process', 'mongodb-process'], 'servers of a test', (servers) => {
  it('are killed, started again over the same folder, and ended', async () => {
    const storeDir = mkdtempSync(join(tmpdir(), 'holdfast-spec-'));
    const login = { user: 'relay', password: 'a "quoted" word' };
    const nats = await servers.startNats({ storeDir, login, jetstream: 'max_file_store: 8MB' });
    const first = nats.pid();
    await nats.kill();
    await expect(answersNats(nats.url)).rejects.toThrow('No NATS answers');

    await nats.restart();
    expect(nats.pid()).not.toBe(first);
    await expect(answersNats(nats.url)).resolves.toBeDefined();
    expect(existsSync(join(storeDir, 'jetstream'))).toBe(true);

    await nats.end();
    await expect(answersNats(nats.url)).rejects.toThrow('No NATS answers');
    rmSync(storeDir, { recursive: true });
  });

  it('leave nothing when their folder was a temporary one', async () => {
    const mongo = await servers.startMongo();
    expect(await listens(mongo.url)).toBe(true);
    await mongo.end();
    expect(await listens(mongo.url)).toBe(false);
  });

  it('do not outlive a run that is killed', async () => {
    const run = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(run.stdout, 'data')) as [Buffer];
    const urls = line.toString().trim().split(' ');
    expect(await Promise.all(urls.map(listens))).toEqual([true, true]);

    run.kill('SIGKILL');
    await expect
      .poll(() => Promise.all(urls.map(listens)), { timeout: 5_000 })
      .toEqual([false, false]);
  });
});
