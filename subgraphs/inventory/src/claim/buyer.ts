/** The holds of one buyer: a shopper is never blocked by their own. */

import { unreachable } from '@holdfast/chassis/decider';
import type { StreamKind } from '@holdfast/chassis/stream-kind';
import type { ClaimId, Sku } from '@holdfast/schema/identifiers';
import type { BuyerEvent } from './events.ts';

export type Buyer = { readonly holds: ReadonlyMap<ClaimId, readonly Sku[]> };

export const buyerKind: StreamKind<Buyer, BuyerEvent> = {
  prefix: 'buyer',
  initial: () => ({ holds: new Map() }),
  evolve({ holds }, event) {
    switch (event.type) {
      case 'BuyerHoldBegan':
        return { holds: new Map(holds).set(event.claim, event.skus) };
      case 'BuyerHoldEnded':
        return { holds: new Map([...holds].filter(([claim]) => claim !== event.claim)) };
      default:
        return unreachable(event);
    }
  },
  encode: ({ holds }) => JSON.stringify([...holds]),
  decode: (text) => ({ holds: new Map(JSON.parse(text) as [ClaimId, Sku[]][]) }),
};

/** Earlier holds that share a SKU with a new one: that one replaces them, each as a whole. */
export const holdsSharing = (buyer: Buyer, skus: ReadonlySet<Sku>): ClaimId[] =>
  [...buyer.holds].filter(([, held]) => held.some((sku) => skus.has(sku))).map(([claim]) => claim);
