import { describe, expect, it } from 'vitest';
import { Refused } from './refused.ts';
import { readEmbeddedSettings, readSettings } from './settings.ts';

const servers = { NATS_URL: 'nats://10.0.0.5:4222', MONGODB_URL: 'mongodb://10.0.0.6:27017' };
const secret = 'a secret of thirty-two characters';
const cluster = { ...servers, HOLDFAST_SECRET: secret };
const urls = { INVENTORY_URL: 'http://10.0.0.7:4001', ORDERS_URL: 'http://10.0.0.8:4002' };

const clusterOf = (environment: Readonly<Record<string, string>>) => {
  const settings = readSettings(environment);
  if (settings.topology !== 'clustered') throw new Error('it is embedded');
  return settings.cluster;
};

const refusalOf = (environment: Readonly<Record<string, string>>): string => {
  try {
    readSettings(environment);
  } catch (failure) {
    if (failure instanceof Refused) return failure.message;
    throw failure;
  }
  return 'taken';
};

describe('the environment', () => {
  it('is of an embedded system unless both servers are named', () => {
    expect(readSettings({})).toMatchObject({ topology: 'embedded', data: './data' });
    expect(readSettings({ NATS_URL: '', MONGODB_URL: '' }).topology).toBe('embedded');
    expect(readSettings(cluster).topology).toBe('clustered');
  });

  it('of a clustered system is all of it, unless one part is named', () => {
    expect(clusterOf(cluster)).toEqual({
      ...{ natsUrl: servers.NATS_URL, mongodbUrl: servers.MONGODB_URL, secret },
      role: { name: 'all' },
    });
    expect(clusterOf({ ...cluster, HOLDFAST_ROLE: 'orders' }).role).toEqual({ name: 'orders' });
  });

  it('of a gateway says where the subgraphs are', () => {
    const INVENTORY_URL = 'http://10.0.0.7:4001, http://inventory-b:4001/,http://10.0.0.7:4001';
    const gateway = { ...cluster, ...urls, HOLDFAST_ROLE: 'gateway', INVENTORY_URL };
    expect(clusterOf(gateway).role).toEqual({
      name: 'gateway',
      inventoryUrls: ['http://10.0.0.7:4001', 'http://inventory-b:4001'],
      ordersUrls: ['http://10.0.0.8:4002'],
    });
  });

  it('may name several brokers, and a store by its replica set', () => {
    const NATS_URL = 'nats://a:4222,tls://b:4222';
    const MONGODB_URL = 'mongodb://user:password@a:27017,b:27017/?replicaSet=rs0';
    expect(clusterOf({ ...cluster, NATS_URL, MONGODB_URL })).toMatchObject({
      ...{ natsUrl: NATS_URL, mongodbUrl: MONGODB_URL },
    });
  });
});

describe('a setting that cannot be', () => {
  const gateway = { ...cluster, ...urls, HOLDFAST_ROLE: 'gateway' };
  const { INVENTORY_URL: _, ...withoutInventory } = gateway;

  it.each([
    [{ NATS_URL: servers.NATS_URL }, 'MONGODB_URL'],
    [{ MONGODB_URL: servers.MONGODB_URL }, 'NATS_URL'],
    [{ HOLDFAST_ROLE: 'gateway' }, 'NATS_URL and MONGODB_URL'],
    [{ ...cluster, NATS_URL: '10.0.0.5' }, 'NATS_URL'],
    [{ ...cluster, MONGODB_URL: 'postgres://10.0.0.6' }, 'MONGODB_URL'],
    [servers, 'HOLDFAST_SECRET is not set'],
    [{ ...cluster, HOLDFAST_SECRET: 'x'.repeat(31) }, 'HOLDFAST_SECRET'],
    [{ ...cluster, HOLDFAST_ROLE: 'fulfillment' }, 'later'],
    [{ ...cluster, HOLDFAST_ROLE: 'erp-bridge' }, 'later'],
    [{ ...cluster, HOLDFAST_ROLE: 'database' }, 'gateway, inventory, orders or all'],
    [withoutInventory, 'INVENTORY_URL'],
    [{ ...gateway, ORDERS_URL: '' }, 'ORDERS_URL'],
    [{ ...gateway, ORDERS_URL: '10.0.0.8:4002' }, 'ORDERS_URL'],
    [{ ...gateway, ORDERS_URL: 'http://10.0.0.8:4002/graphql' }, 'ORDERS_URL'],
    [{ ...gateway, ORDERS_URL: 'http://user:password@10.0.0.8:4002' }, 'ORDERS_URL'],
    [{ ...gateway, ORDERS_URL: 'http://a:1,,http://b:2' }, 'ORDERS_URL'],
    [{ ...cluster, PORT: '65536' }, 'PORT'],
  ])('is named in one sentence: %o', (environment: Record<string, string>, words) => {
    const sentence = refusalOf(environment);
    expect(sentence).toContain(words);
    expect(sentence).toMatch(/^[^\n]+\.$/);
  });

  it('is not told again where it would tell a secret', () => {
    const short = { ...cluster, HOLDFAST_SECRET: 'too short' };
    expect(refusalOf(short)).not.toContain('too short');
    const wrong = { ...cluster, MONGODB_URL: 'mongo://admin:pass-word@10.0.0.6' };
    expect(refusalOf(wrong)).not.toContain('pass-word');
  });

  it('of servers is refused by what works on a folder', () => {
    expect(() => readEmbeddedSettings(cluster, 'verify')).toThrow('holdfast verify works on');
  });
});
