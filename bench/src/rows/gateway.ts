import { existsSync } from 'node:fs';
import { type AddressedServer, startServer } from '../measure/addressed-server.ts';
import { measure, type StartedBy } from '../measure/child.ts';
import type { GatewayCase } from '../measure/gateway-server.ts';
import type { LoadCase, LoadFigures } from '../measure/http-load.ts';
import type { SubgraphCase } from '../measure/subgraph-server.ts';
import { medianOf } from '../quantiles.ts';
import { atLeast, type Figure, type Row, type RowOptions, times } from '../row.ts';
import { figureOf } from './graphql.ts';

const connections = 32;
/** Short and many, so that what else the machine does meets both gateways alike. */
const roundsCount = 9;
const mustRatio = 3.5;
const goalRatio = 6;

/**
 * The gateway alone on one processor, all else on the other, where there are two and a tool to say
 * so.
 */
const pinned = (processor: number): StartedBy =>
  existsSync('/usr/bin/taskset') ? ['/usr/bin/taskset', '-c', String(processor)] : [];

const loadOf = ({ endpoint, pid }: AddressedServer, isFirst: boolean, quick: boolean) =>
  measure<LoadCase, LoadFigures>(
    'http-load.ts',
    {
      ...{ endpoint, key: undefined, kind: 'join', skus: 1, connections, serverPids: [pid] },
      ...{ warmUpMs: isFirst ? 3_000 : 300, measureMs: quick ? 800 : 1_600 },
    },
    pinned(1),
  );

const medianFigures = (found: readonly LoadFigures[]): LoadFigures => ({
  perSecond: medianOf(found.map(({ perSecond }) => perSecond)),
  p50Ms: medianOf(found.map(({ p50Ms }) => p50Ms)),
  p99Ms: medianOf(found.map(({ p99Ms }) => p99Ms)),
  serverUs: medianOf(found.map(({ serverUs }) => serverUs)),
  storeUs: 0,
  refused: found.reduce((sum, { refused }) => sum + refused, 0),
});

/** Of rounds that were run one after the other. */
const medianRatio = (
  above: readonly LoadFigures[],
  below: readonly LoadFigures[],
  of: 'perSecond' | 'serverUs',
): number => medianOf(above.map((each, round) => each[of] / (below[round]?.[of] ?? Number.NaN)));

async function run({ quick }: RowOptions, tell: (figure: Figure) => void): Promise<void> {
  const [one, other] = [pinned(0), pinned(1)];
  const inventory = await startServer<SubgraphCase>(
    'subgraph-server.ts',
    { name: 'inventory' },
    other,
  );
  const orders = await startServer<SubgraphCase>('subgraph-server.ts', { name: 'orders' }, other);
  const asked = { inventoryUrl: inventory.endpoint, ordersUrl: orders.endpoint };
  const file = 'gateway-server.ts';
  const ours = await startServer<GatewayCase>(file, { which: 'ours', ...asked }, one);
  const stock = await startServer<GatewayCase>(file, { which: 'stock', ...asked }, one);
  const found: { ours: LoadFigures[]; stock: LoadFigures[] } = { ours: [], stock: [] };
  for (let round = 0; round < roundsCount; round += 1) {
    found.stock.push(await loadOf(stock, round === 0, quick));
    found.ours.push(await loadOf(ours, round === 0, quick));
  }
  for (const server of [inventory, orders, ours, stock]) server.stop();
  const [mine, theirs] = [medianFigures(found.ours), medianFigures(found.stock)];
  const ratio = medianRatio(found.ours, found.stock, 'perSecond');
  const processorRatio = medianRatio(found.stock, found.ours, 'serverUs');
  tell(figureOf('@apollo/gateway, standalone, default', theirs));
  tell(figureOf('ours', mine));
  tell({
    what: 'ours against the default',
    value: `${times(ratio)}, by processor time ${times(processorRatio)}`,
    numbers: { ratio, processorRatio },
    goals: [
      { ...atLeast(ratio, mustRatio, '3.50x'), must: true },
      atLeast(ratio, goalRatio, '6.00x'),
    ],
  });
}

export const gateway: Row = {
  name: 'gateway',
  title: `The gateway: an order with 10 lines joined to their items, ${connections} connections`,
  run,
};
