/** `holdfast doctor`: what a start needs, each line `ok` or what to do. */
import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { openMongoStore } from '@holdfast/chassis/mongo/store.mongo';
import { connectNats } from '@holdfast/chassis/nats/nats-connection.jetstream';
import { openSqliteStore } from '@holdfast/chassis/sqlite/sqlite-store';
import { contexts } from '../clustered/open-store.ts';
import { keysFile } from '../keys.ts';
import { runningSystem } from '../run-file.ts';
import { isRefusal, sentenceOf } from '../sentence.ts';
import {
  type ClusteredSettings,
  defaultPort,
  type EmbeddedSettings,
  inMemory,
  readSettings,
  type Settings,
} from '../settings.ts';

type Finding = { readonly what: string; readonly ok: boolean; readonly say: string };

const nodeMajorMin = 24;
const freeBytesMin = 512 * 1024 * 1024;

const found = (what: string, ok: boolean, say: string): Finding => ({ what, ok, say });

function checkNode(): Finding {
  const ok = Number(process.versions.node.split('.')[0]) >= nodeMajorMin;
  const fix = `run it through npm, which brings Node ${nodeMajorMin}`;
  return found('node', ok, ok ? process.versions.node : `${process.versions.node}; ${fix}`);
}

/** The nearest folder that exists: the store's own may still have to be made. */
const existing = (folder: string): string =>
  existsSync(folder) ? folder : existing(dirname(folder));

function checkDisk(folder: string): readonly Finding[] {
  const there = existing(folder);
  const { bavail, bsize } = statfsSync(there);
  const free = bavail * bsize;
  const gib = (free / 1024 ** 3).toFixed(1);
  const disk = found(
    'disk',
    free >= freeBytesMin,
    `${gib} GiB free under ${there}${free >= freeBytesMin ? '' : '; free some'}`,
  );
  try {
    accessSync(there, constants.W_OK);
    return [disk, found('folder', true, folder)];
  } catch {
    // The answer of accessSync: it may not be written.
    return [
      disk,
      found('folder', false, `${there} may not be written; give this user write permission`),
    ];
  }
}

const isFree = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });

async function checkPort({ host, port }: Settings, isRunning: boolean): Promise<Finding> {
  const wanted = port ?? defaultPort;
  if (await isFree(host, wanted)) return found('port', true, `${wanted} on ${host} is free`);
  if (isRunning) return found('port', true, `${wanted} is taken by the running system`);
  const next =
    port === undefined ? 'the next free one will be taken' : 'set PORT to a free one, or unset it';
  return found('port', port === undefined, `${wanted} is in use; ${next}`);
}

async function checkStore(folder: string): Promise<Finding> {
  const run = runningSystem(folder);
  if (run) return found('store', true, `open in process ${run.pid}, ${run.url}`);
  if (!existsSync(join(folder, 'holdfast.db')))
    return found('store', true, 'none yet; a start makes one');
  try {
    const store = await openSqliteStore({ folder, onFailure: () => {} });
    const check = String(Object.values(store.one('PRAGMA quick_check(1)') ?? {})[0]);
    await store.close();
    return found(
      'store',
      check === 'ok',
      check === 'ok' ? folder : `${check}; restore it from a backup`,
    );
  } catch (failure) {
    return found('store', false, sentenceOf(failure));
  }
}

function checkKeys(folder: string): Finding {
  const file = keysFile(folder);
  if (!existsSync(file)) return found('keys', true, 'none yet; a start makes them');
  const isPrivate = (statSync(file).mode & 0o077) === 0;
  return found('keys', isPrivate, isPrivate ? file : `${file} is readable by others; chmod 600 it`);
}

async function embeddedFindings(settings: EmbeddedSettings): Promise<readonly Finding[]> {
  const folder = resolve(settings.data);
  const stored = settings.data !== inMemory;
  const isRunning = stored && runningSystem(folder) !== undefined;
  return [
    ...(stored ? checkDisk(folder) : []),
    await checkPort(settings, isRunning),
    ...(stored ? [await checkStore(folder), checkKeys(folder)] : []),
    found('servers', true, 'none: the embedded system needs no NATS and no MongoDB'),
  ];
}

/** What opening it says; it is closed again. */
async function checkServer(
  what: string,
  open: () => Promise<{ readonly shown: string; close(): Promise<void> }>,
): Promise<Finding> {
  try {
    const { shown, close } = await open();
    await close();
    return found(what, true, `${shown} answers and is as it should be`);
  } catch (failure) {
    if (!isRefusal(failure)) throw failure;
    return found(what, false, sentenceOf(failure));
  }
}

async function clusteredFindings(settings: ClusteredSettings): Promise<readonly Finding[]> {
  const { role, natsUrl, mongodbUrl } = settings.cluster;
  return [
    await checkPort(settings, false),
    found('role', true, role.name),
    await checkServer('MongoDB', async () => {
      const { servers, close } = await openMongoStore({ url: mongodbUrl, own: contexts });
      return { shown: servers, close };
    }),
    await checkServer('NATS', () => connectNats({ url: natsUrl, name: 'holdfast doctor' })),
  ];
}

/** The exit code: 1 when something must be done. */
export async function doctor(): Promise<number> {
  const settings = readSettings(process.env);
  const findings = [
    checkNode(),
    ...(settings.topology === 'embedded'
      ? await embeddedFindings(settings)
      : await clusteredFindings(settings)),
  ];
  for (const { what, ok, say } of findings) {
    process.stdout.write(`${ok ? 'ok  ' : 'FIX '} ${what.padEnd(8)} ${say}\n`);
  }
  return findings.every(({ ok }) => ok) ? 0 : 1;
}
