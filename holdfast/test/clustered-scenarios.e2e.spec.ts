/**
 * The scenarios of the embedded system, told to a clustered one: two processes of each part, and
 * each request to the other gateway than the one before.
 *
 * Not told here: `restart`, `stop` and `refused-start`, for they end processes and open folders
 * that only an embedded system has; clustered.e2e.spec.ts has what a cluster does instead.
 */
import { describeWith } from '@holdfast/test-servers/describe-with';
import type { OwnServer } from '@holdfast/test-servers/own-server';
import type { StartOptions } from 'holdfast';
import { afterAll, beforeAll, describe } from 'vitest';
import {
  type Cluster,
  type ClusterEnvironment,
  clusterEnvironment,
  makeKeys,
  startCluster,
  startGateway,
} from './cluster.ts';
import type { Process } from './process.ts';
import { shareSystem } from './system.ts';

const startsWithinMs = 180_000;

const scenarios = {
  'read-own-writes': () => import('./read-own-writes.e2e.spec.ts'),
  'direct-order-refused': () => import('./direct-order-refused.e2e.spec.ts'),
  'promise-to-order': () => import('./promise-to-order.e2e.spec.ts'),
  'last-unit': () => import('./last-unit.e2e.spec.ts'),
  'lapsed-reservation': () => import('./lapsed-reservation.e2e.spec.ts'),
  'cancel-by-line': () => import('./cancel-by-line.e2e.spec.ts'),
  backorder: () => import('./backorder.e2e.spec.ts'),
  'payment-grace': () => import('./payment-grace.e2e.spec.ts'),
  'allocation-class': () => import('./allocation-class.e2e.spec.ts'),
  'storefront-invents': () => import('./storefront-invents.e2e.spec.ts'),
  roles: () => import('./roles.e2e.spec.ts'),
  'document-limits': () => import('./document-limits.e2e.spec.ts'),
  retries: () => import('./retries.e2e.spec.ts'),
  'malformed-input': () => import('./malformed-input.e2e.spec.ts'),
};

describeWith(['nats-process', 'mongodb-process'], 'clustered', ({ startNats, startMongo }) => {
  const servers: OwnServer[] = [];
  const more: Process[] = [];
  let cluster: Cluster | undefined;

  const oneMoreGateway = (environment: ClusterEnvironment, started: Cluster) =>
    async function startOne({ holdfastStorefrontRate = '' }: StartOptions) {
      const rate = { HOLDFAST_STOREFRONT_RATE: holdfastStorefrontRate };
      const gateway = startGateway({ ...environment, ...rate }, started);
      more.push(gateway);
      return gateway.ready();
    };

  beforeAll(async () => {
    const [nats, mongodb] = await Promise.all([startNats(), startMongo()]);
    servers.push(nats, mongodb);
    const environment = clusterEnvironment({ natsUrl: nats.url, mongodbUrl: mongodb.url });
    const keys = await makeKeys(environment);
    cluster = await startCluster(environment, 2);
    const gatewayUrls = cluster.gateways.map(({ url }) => url);
    shareSystem({ keys, gatewayUrls, startGateway: oneMoreGateway(environment, cluster) });
  }, startsWithinMs);

  afterAll(async () => {
    for (const { child } of more) child.kill('SIGTERM');
    await cluster?.stop();
    await Promise.all(servers.map(({ end }) => end()));
  }, startsWithinMs);

  for (const [name, load] of Object.entries(scenarios)) {
    describe(name, async () => {
      await load();
    });
  }
});
