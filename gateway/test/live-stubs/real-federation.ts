/** The gateway's own federation over the stub subgraphs. */
import { composeServices } from '@apollo/composition';
import { createMaskErrors } from '../../src/errors/mask-errors.ts';
import { createFederation } from '../../src/execution/create-federation.ts';
import { defaultLimits } from '../../src/limits/limits.ts';
import { stubDataSource } from './stub-federation.ts';
import type { StubSubgraphs } from './stub-subgraphs.ts';

const supergraphSdlOf = (subgraphs: StubSubgraphs): string => {
  const composed = composeServices(
    subgraphs.map(({ name, typeDefs }) => ({ name, typeDefs, url: `http://${name}` })),
  );
  if (composed.errors) throw new Error(composed.errors.map(String).join('\n'));
  return composed.supergraphSdl;
};

export const realFederation = (subgraphs: StubSubgraphs) =>
  createFederation({
    supergraphSdl: supergraphSdlOf(subgraphs),
    dataSources: Object.fromEntries(subgraphs.map((each) => [each.name, stubDataSource(each, [])])),
    mayAsk: (_kind, field, caller) => field !== 'secret' || caller.role !== 'storefront',
    anonymous: undefined,
    limits: defaultLimits,
    maskErrors: createMaskErrors({ info: () => {}, error: () => {} }),
  });
