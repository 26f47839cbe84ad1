import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findServers } from './find-servers.ts';
import { isUnserved, skippedNotice, unservedName } from './skipped-notice.ts';

/** A machine whose PATH and cache are one folder, empty at first. */
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-spec-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const install = (program: string, says = '') => {
  const file = join(folder, program);
  writeFileSync(file, `#!/bin/sh\necho '${says}'\n`, { mode: 0o755 });
  return file;
};
const find = (named: Readonly<Record<string, string>> = {}) =>
  findServers({ PATH: folder, XDG_CACHE_HOME: join(folder, 'cache'), ...named });

describe('servers for the tests', () => {
  it('are missing on a machine with neither them nor Go, and each says why', async () => {
    const { nats, mongodb } = await find();
    const noGo = 'and no Go toolchain to build one (https://go.dev/dl)';
    expect(nats).toEqual({
      status: 'missing',
      why: `no nats-server 2.11 or newer (none on the PATH), ${noGo}`,
    });
    expect(mongodb).toEqual({ status: 'missing', why: `no mongod on the PATH, ${noGo}` });
  });

  it('are those on the PATH', async () => {
    const file = install('nats-server', 'nats-server: v2.11.0');
    const { nats, mongodb } = await find({ PATH: `/nowhere:${folder}` });
    expect(nats).toEqual({ status: 'program', program: { kind: 'nats-server', file } });
    expect(mongodb.status).toBe('missing');
  });

  it.each(['2.10.29', '1.4.1'])('are not a nats-server %s', async (version) => {
    install('nats-server', `nats-server: v${version}`);
    const { nats } = await find();
    const said = `the one on the PATH is ${version.split('.').slice(0, 2).join('.')}`;
    expect(nats).toMatchObject({ status: 'missing', why: expect.stringContaining(said) });
  });

  it('say what the toolchain said when it cannot build them', async () => {
    const file = join(folder, 'go');
    writeFileSync(file, '#!/bin/sh\necho "dial tcp: no such host" >&2\nexit 1\n', { mode: 0o755 });
    const { mongodb } = await find();
    expect(mongodb).toMatchObject({
      why: expect.stringContaining('Go could not build test-servers/: dial tcp: no such host'),
    });
  });

  it('are refused when the environment names one that is not there', async () => {
    const nobody = '127.0.0.1:1';
    await expect(find({ NATS_URL: `nats://${nobody}` })).rejects.toThrow('unset NATS_URL');
    await expect(find({ MONGODB_URL: `mongodb://${nobody},${nobody}/` })).rejects.toThrow(
      'unset MONGODB_URL',
    );
  });
});

describe('the notice at the end of a run', () => {
  it('is empty when every suite had its servers', () => {
    expect(skippedNotice([], [])).toBe('');
  });

  it('names each suite that had none', () => {
    const suite = unservedName('the bus', ['nats', 'mongodb-process']);
    expect(isUnserved(suite)).toBe(true);
    expect(isUnserved('the bus')).toBe(false);
    expect(skippedNotice([suite], ['no Go'])).toContain('needs NATS and a MongoDB of its own');
  });
});
