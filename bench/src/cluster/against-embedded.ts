/** The same load on an embedded and on a clustered system, one after the other on one machine. */
import { startHoldfastProcess } from '../holdfast-process.ts';
import { measure } from '../measure/child.ts';
import type { LoadCase, LoadFigures, LoadKind } from '../measure/http-load.ts';
import { type Figure, milliseconds, times, wholeNumber } from '../row.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { putBenchStock } from './put-bench-stock.ts';
import type { Cluster } from './start-cluster.ts';

export const clusterConnections = 16;
const kinds = ['reserve', 'place', 'availability'] as const;

export const loadOn = (
  endpoint: string,
  key: string,
  more: Pick<LoadCase, 'skus' | 'serverPids'> & { kind: LoadKind; quick: boolean },
) => {
  const { quick, ...rest } = more;
  return measure<LoadCase, LoadFigures>('http-load.ts', {
    ...{ endpoint, key, ...rest, connections: clusterConnections },
    ...{ warmUpMs: quick ? 500 : 1_500, measureMs: quick ? 2_000 : 5_000 },
  });
};

/** Of all processes, servers included. */
export const pidsOf = ({ gateways, inventory, orders, nats, mongo }: Cluster): number[] => [
  ...[...gateways, ...inventory, ...orders].map(({ pid }) => pid()),
  ...[nats.pid(), mongo.pid()],
];

const shown = ({ perSecond, p50Ms, p99Ms, serverUs, refused }: LoadFigures): string =>
  [
    `${wholeNumber(perSecond)}/s`,
    `p50 ${milliseconds(p50Ms)}, p99 ${milliseconds(p99Ms)}`,
    `processor ${wholeNumber(serverUs)} us`,
    ...(refused > 0 ? [`${refused} refused`] : []),
  ].join(', ');

export async function tellAgainstEmbedded(
  cluster: Cluster,
  { quick, skus }: { readonly quick: boolean; readonly skus: number },
  tell: (figure: Figure) => void,
): Promise<void> {
  const embedded = await startHoldfastProcess({ folder: temporaryFolder('bench-embedded') });
  await putBenchStock(embedded.endpoint, embedded.keys.operator, skus);
  const [gateway] = cluster.gateways;
  if (!gateway) throw new Error('there is no gateway');
  for (const kind of kinds) {
    const more = { kind, skus, quick };
    const { endpoint, keys, pid } = embedded;
    const here = await loadOn(endpoint, keys.partner, { ...more, serverPids: [pid] });
    const all = { ...more, serverPids: pidsOf(cluster) };
    const there = await loadOn(gateway.endpoint, cluster.keys.partner, all);
    const [slower, dearer] = [here.perSecond / there.perSecond, there.serverUs / here.serverUs];
    tell({
      what: `${kind}, ${clusterConnections} connections, ${skus} SKUs`,
      value: `embedded ${shown(here)} · clustered ${shown(there)}`,
      ...{ numbers: {}, goals: [] },
    });
    tell({
      what: '  embedded to clustered, one run',
      value: `${times(slower)} the rate, 1/${times(dearer)} the processor time`,
      ...{ numbers: { slower, dearer }, goals: [] },
    });
  }
  await embedded.stop();
}
