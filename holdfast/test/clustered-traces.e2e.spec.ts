/** What an operator sees of a clustered system: one trace through it, and its figures. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describeWith } from '@holdfast/test-servers/describe-with';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { clientOf } from './client.ts';
import { type Cluster, clusterEnvironment, makeKeys, startCluster } from './cluster.ts';

const startsWithinMs = 120_000;

/** Recorded at the ratio below, at which no other request of this test is. */
const traceId = '00000001000000000000000000000000';
const sampling = {
  OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
  OTEL_TRACES_SAMPLER_ARG: '0.000001',
};

/** Keeps what is sent to it; names of spans and services stand in it as they are. */
async function startCollector() {
  const bodies: Buffer[] = [];
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      bodies.push(Buffer.concat(chunks));
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { bodies, server, url: `http://127.0.0.1:${port}` };
}

describeWith(['nats-process', 'mongodb-process'], 'a watched cluster', (servers) => {
  let collector: Awaited<ReturnType<typeof startCollector>>;
  let cluster: Cluster;
  let operatorKey: string;
  let end = async () => {};

  beforeAll(async () => {
    const [nats, mongodb] = await Promise.all([servers.startNats(), servers.startMongo()]);
    collector = await startCollector();
    const environment = {
      ...clusterEnvironment({ natsUrl: nats.url, mongodbUrl: mongodb.url }),
      ...{ ...sampling, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url },
    };
    ({ operator: operatorKey } = await makeKeys(environment));
    cluster = await startCluster(environment, 1);
    end = async () => {
      collector.server.close();
      await Promise.all([nats.end(), mongodb.end()]);
    };
  }, startsWithinMs);
  afterAll(() => end(), startsWithinMs);

  const figuresOf = async (url: string, name: string): Promise<readonly number[]> => {
    const text = await (await fetch(`${url}/metrics`)).text();
    return [...text.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\d+)$`, 'gm'))].map(([, value]) =>
      Number(value),
    );
  };

  it('has one owner for each lane, and says so', async () => {
    for (const { url } of [...cluster.inventory, ...cluster.orders]) {
      await expect
        .poll(() => figuresOf(url, 'holdfast_lane_owned'), { timeout: 20_000 })
        .toEqual(Array.from({ length: 16 }, () => 1));
      expect(await figuresOf(url, 'holdfast_lease_changes_total')).toEqual([16]);
    }
  });

  it('sends one trace from all processes that a request went through', async () => {
    const gateway = cluster.gateways[0]?.url ?? '';
    const operator = clientOf(gateway, operatorKey);
    await operator.must('putItem', { sku: 'TEE' }, 'MasterDataSaved');
    operator.close();
    const response = await fetch(`${gateway}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${operatorKey}`,
        traceparent: `00-${traceId}-00f067aa0ba902b7-01`,
      },
      body: JSON.stringify({
        query: `mutation { putLocation(input: { idempotencyKey: "k", code: "B", name: "Berlin" }) {
          __typename } }`,
      }),
    });
    expect(await response.json()).toMatchObject({
      data: { putLocation: { __typename: 'MasterDataSaved' } },
    });
    await expect
      .poll(() => figuresOf(cluster.inventory[0]?.url ?? '', 'holdfast_lane_relay_behind'))
      .not.toContain(1);
    // They send what they have recorded before they end.
    for (const { code } of await cluster.stop()) expect(code).toBe(0);

    const ofTrace = collector.bodies.filter((body) => body.includes(Buffer.from(traceId, 'hex')));
    const sentBy = (name: string) => ofTrace.filter((body) => body.includes(name));
    for (const name of ['POST /graphql', 'graphql mutation', 'fetch']) {
      expect(sentBy(name), name).toHaveLength(1);
    }
    for (const name of ['command PutLocation', 'commit', 'publish', 'project']) {
      expect(sentBy(name).length, name).toBeGreaterThan(0);
    }
    expect(ofTrace.length).toBeGreaterThan(1);
    expect(sentBy('command PutLocation')).not.toEqual(sentBy('POST /graphql'));
  });
});
