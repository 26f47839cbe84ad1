/**
 * Holdfast with one resolver replaced: `availability` answers what it made before, and looks
 * nothing up.
 */
import { startEmbedded, startGatewayThread } from 'holdfast';
import { tellAddress } from './addressed-server.ts';
import { caseFromParent } from './child.ts';

export type ConstantCase = { readonly folder: string };

const { folder } = caseFromParent<ConstantCase>();
const unlimited = { burst: 100_000_000, perSecond: 100_000_000 };
const running = await startEmbedded(
  {
    ...{ topology: 'embedded', host: '127.0.0.1', port: 0, data: folder },
    storefrontCap: Number.POSITIVE_INFINITY,
    ...{ storefrontRate: unlimited, keyRate: unlimited },
  },
  { empty: true, openGateway: startGatewayThread() },
);
const constants = new Map<string, object>();
const constantOf = (sku: string) => {
  const known = constants.get(sku) ?? {
    ...{ __typename: 'Availability', sku, channel: 'default', status: 'IN_STOCK' },
    ...{ availableToPromise: 499_999_999, nextSupply: null, byLocation: [], version: 2 },
    asOf: '2026-01-01T00:00:00.000Z',
  };
  constants.set(sku, known);
  return known;
};
const { schema } = running.embedded.inventory.subgraph;
const field = schema.getQueryType()?.getFields().availability;
if (!field) throw new Error('there is no such field');
field.resolve = (_, { skus }: { readonly skus: readonly string[] }) => skus.map(constantOf);
tellAddress(`${running.url}/graphql`);
