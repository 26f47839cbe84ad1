/** The same load on an embedded and on a clustered system, one after the other on one machine. */
import { startHoldfastProcess } from '../holdfast-process.ts';
import { measure } from '../measure/child.ts';
import type { LoadCase, LoadFigures, LoadKind } from '../measure/http-load.ts';
import { type Figure, p50AndP99, times, wholeNumber } from '../row.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { putBenchStock } from './put-bench-stock.ts';
import type { Cluster } from './start-cluster.ts';

export const clusterConnections = 16;
const kinds = ['reserve', 'place', 'availability'] as const;

export const loadOn = (
  endpoint: string,
  key: string,
  more: Pick<LoadCase, 'skus' | 'serverPids' | 'storePids'> & { kind: LoadKind; quick: boolean },
) => {
  const { quick, ...rest } = more;
  return measure<LoadCase, LoadFigures>('http-load.ts', {
    ...{ endpoint, key, ...rest, connections: clusterConnections },
    ...{ warmUpMs: quick ? 500 : 1_500, measureMs: quick ? 2_000 : 5_000 },
  });
};

export const pidsOf = ({ gateways, inventory, orders, nats, mongo }: Cluster) => ({
  serverPids: [...gateways, ...inventory, ...orders].map(({ pid }) => pid()),
  storePids: [nats.pid(), mongo.pid()],
});

const shown = ({ perSecond, p50Ms, p99Ms, serverUs, storeUs, refused }: LoadFigures): string =>
  [
    `${wholeNumber(perSecond)}/s`,
    p50AndP99(p50Ms, p99Ms),
    `processor ${wholeNumber(serverUs)} us`,
    ...(storeUs > 0 ? [`of its servers ${wholeNumber(storeUs)} us`] : []),
    ...(refused > 0 ? [`${refused} refused`] : []),
  ].join(', ');

function tellRatios(here: LoadFigures, there: LoadFigures, tell: (figure: Figure) => void) {
  const isAnswered = there.perSecond > 0;
  const rate = there.perSecond / here.perSecond;
  const processor = isAnswered ? there.serverUs / here.serverUs : 0;
  tell({
    what: '  clustered to embedded, one run',
    value: isAnswered
      ? `${rate.toFixed(3)} of the rate, ${times(processor)} the processor time of our processes`
      : 'the cluster answered nothing in time',
    ...{ numbers: { rate, processor }, goals: [] },
  });
}

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
    const all = { ...more, ...pidsOf(cluster) };
    const there = await loadOn(gateway.endpoint, cluster.keys.partner, all);
    tell({
      what: `${kind}, ${clusterConnections} connections, ${skus} SKUs`,
      value: `embedded ${shown(here)} · clustered ${shown(there)}`,
      ...{ numbers: {}, goals: [] },
    });
    tellRatios(here, there, tell);
  }
  await embedded.stop();
}
