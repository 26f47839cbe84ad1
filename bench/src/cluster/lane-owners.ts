/** Holds on many SKUs with 1, 2 and 4 processes that own the lanes, and the bound of the store. */
import type { FoundServers } from '@holdfast/test-servers/find-servers';
import { type Figure, milliseconds, wholeNumber } from '../row.ts';
import { loadOn, pidsOf } from './against-embedded.ts';
import { putBenchStock } from './put-bench-stock.ts';
import { type Cluster, startCluster } from './start-cluster.ts';
import { appendsIn, insertCeiling } from './store-figures.ts';

/** A bulk that an owner of all lanes sends at most holds one commit of each. */
const lanes = 16;

async function tellCeiling({ mongo }: Cluster, quick: boolean, tell: (figure: Figure) => void) {
  const { bytesEach } = await appendsIn(mongo.url);
  for (const many of [1, lanes]) {
    const forMs = quick ? 1_000 : 3_000;
    const { perSecond, p50Ms } = await insertCeiling(mongo.url, { bytesEach, many, forMs });
    tell({
      what: `  the store alone, ${many} document${many > 1 ? 's' : ''} an insert`,
      value: `${wholeNumber(perSecond)} of ${bytesEach} bytes/s, p50 ${milliseconds(p50Ms)} each`,
      ...{ numbers: { many, perSecond, p50Ms, bytesEach }, goals: [] },
    });
  }
}

export async function tellLaneOwners(
  servers: FoundServers,
  { quick, skus }: { readonly quick: boolean; readonly skus: number },
  tell: (figure: Figure) => void,
): Promise<void> {
  for (const owners of [1, 2, 4]) {
    const counts = { inventory: owners, orders: 1, gateway: 1 };
    const cluster = await startCluster({ servers, counts });
    try {
      const endpoint = cluster.gateways[0]?.endpoint ?? '';
      await putBenchStock(endpoint, cluster.keys.operator, skus);
      const before = await appendsIn(cluster.mongo.url);
      const asked = { kind: 'reserve', skus, quick, ...pidsOf(cluster) } as const;
      const found = await loadOn(endpoint, cluster.keys.partner, asked);
      const after = await appendsIn(cluster.mongo.url);
      tell({
        what: `reserve, ${owners} owner${owners > 1 ? 's' : ''} of 16 lanes`,
        value: [
          `${wholeNumber(found.perSecond)}/s, p50 ${milliseconds(found.p50Ms)}`,
          `${wholeNumber(after.count - before.count)} appends, warm-up included`,
          `processor ${wholeNumber(found.serverUs)} us each`,
          `of its servers ${wholeNumber(found.storeUs)} us`,
        ].join(' · '),
        ...{ numbers: { owners, ...found }, goals: [] },
      });
      await tellCeiling(cluster, quick, tell);
    } finally {
      await cluster.end();
    }
  }
}
