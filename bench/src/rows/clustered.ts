import { findServers } from '@holdfast/test-servers/find-servers';
import { tellAgainstEmbedded } from '../cluster/against-embedded.ts';
import { tellBadges } from '../cluster/badge-rates.ts';
import { tellCarts } from '../cluster/carts.ts';
import { tellLaneOwners } from '../cluster/lane-owners.ts';
import { putBenchStock } from '../cluster/put-bench-stock.ts';
import { startCluster } from '../cluster/start-cluster.ts';
import type { Figure, Row } from '../row.ts';

/** Few: the store that tests build (FerretDB on SQLite) is slow where MongoDB is not. */
const skus = 32;

export const clustered: Row = {
  name: 'clustered',
  title: 'Clustered: two processes of each part on a real NATS and a MongoDB-wire server',
  async run({ quick }, tell: (figure: Figure) => void) {
    const servers = await findServers();
    const store = servers.mongodb.status === 'program' ? servers.mongodb.program.kind : 'none';
    tell({ what: 'the store', value: store, numbers: {}, goals: [] });
    const cluster = await startCluster({ servers });
    try {
      const endpoint = cluster.gateways[0]?.endpoint ?? '';
      await putBenchStock(endpoint, cluster.keys.operator, skus);
      // The floods at last: the fuller that store is, the slower it reads.
      await tellCarts(cluster, { quick, skus }, tell);
      await tellAgainstEmbedded(cluster, { quick, skus }, tell);
      await tellBadges(cluster, quick, tell);
    } finally {
      await cluster.end();
    }
    await tellLaneOwners(servers, { quick, skus }, tell);
  },
};
