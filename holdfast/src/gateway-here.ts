/** The gateway in the thread that decides: for tests of a storefront, which start many. */
import { embeddedGateway } from './embedded-gateway.ts';
import type { OpenGateway } from './start-embedded.ts';

export const openGatewayHere: OpenGateway = (parts) => {
  const { inventory, orders, store } = parts.embedded;
  const { registry, tracing } = parts.watch;
  const subgraphs = [inventory.subgraph, orders.subgraph];
  return embeddedGateway(parts, { subgraphs, registry, tracing, betweenParts: store.hear });
};
