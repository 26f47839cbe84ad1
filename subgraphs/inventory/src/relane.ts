/** Where inventory's facts belong in another number of lanes. Pure. */
import type { Outcome } from '@holdfast/chassis/commit';
import type { PlaceCommand, PlacedFact, RecordedFact } from '@holdfast/chassis/stored/relane';
import { idOfStream, prefixOfStream } from '@holdfast/chassis/stream-kind';
import type { ClaimId, Sku } from '@holdfast/schema/identifiers';
import { catalogKind } from './catalog/catalog.ts';
import { buyerKind } from './claim/buyer.ts';
import { claimKind } from './claim/claim.ts';
import type { BuyerEvent, ClaimEvent } from './claim/events.ts';
import { fillingName } from './fill-after-catalog.ts';
import { catalogLane, inventoryContext } from './ledger.ts';
import { homeOf, laneOfSku, lanesOfSkus } from './over-lanes/ask-lane.ts';
import { settlingName } from './over-lanes/follow-claims.ts';
import { servingName } from './policies/serve-orders.ts';
import { placeClaimEvent } from './relane-claim.ts';
import type { StockEvent } from './stock/events.ts';
import { stockKind } from './stock/stock.ts';

/** Those who act on logs, under the names that their positions have. */
export const inventoryPolicies = [
  { consumer: servingName, follows: 'orders' },
  { consumer: fillingName, follows: inventoryContext },
  { consumer: settlingName, follows: inventoryContext, overLanes: true },
] as const;

/** Which lanes have units of a claim. */
export type LanesOfClaim = (claim: ClaimId) => readonly number[];

/**
 * Whatever happens to a hold happens to each of its lines in the same command, so the SKUs that the
 * command touches say where a hold is: nothing has to be remembered from one commit to the next.
 */
function lanesByLines(facts: readonly RecordedFact[], laneCount: number): LanesOfClaim {
  const skus = new Map<ClaimId, Sku[]>();
  for (const { stream, event } of facts) {
    if (prefixOfStream(stream) !== stockKind.prefix) continue;
    const { claim } = event as StockEvent & { readonly claim?: ClaimId };
    if (claim !== undefined)
      skus.set(claim, [...(skus.get(claim) ?? []), idOfStream(stream) as Sku]);
  }
  return (claim) => {
    const known = skus.get(claim);
    return known ? lanesOfSkus(known, laneCount) : [homeOf(claim, laneCount)];
  };
}

/** As `handleOverLanes` sends it. */
function homeOfCommand(stream: string, outcome: Outcome | undefined, laneCount: number): number {
  const accepted = outcome && 'accepted' in outcome ? outcome.accepted : undefined;
  const { claim = '' } = (accepted ?? {}) as { readonly claim?: ClaimId | '' };
  if (claim !== '') return homeOf(claim, laneCount);
  const id = idOfStream(stream);
  switch (prefixOfStream(stream)) {
    case claimKind.prefix:
      return homeOf(id as ClaimId, laneCount);
    case stockKind.prefix:
      return laneOfSku(id as Sku, laneCount);
    default:
      return catalogLane;
  }
}

export const placeInventory: PlaceCommand = ({ stream, outcome, at, facts }, laneCount) => {
  const lanesOf = lanesByLines(facts, laneCount);
  const place = (fact: RecordedFact): readonly PlacedFact[] => {
    const { stream, event } = fact;
    const id = idOfStream(stream);
    switch (prefixOfStream(stream)) {
      case catalogKind.prefix:
        return [{ ...fact, lane: catalogLane }];
      case stockKind.prefix:
        return [{ ...fact, lane: laneOfSku(id as Sku, laneCount) }];
      case buyerKind.prefix:
        return placeBuyerEvent(fact, event as BuyerEvent, lanesOf, laneCount);
      case claimKind.prefix:
        return placeClaimEvent({ fact, event: event as ClaimEvent, at, lanesOf, laneCount });
      default:
        throw new Error(`${stream} is no stream of one lane alone`);
    }
  };
  return { home: homeOfCommand(stream, outcome, laneCount), facts: facts.flatMap(place) };
};

/** A buyer's holds are known in every lane that has SKUs of them. */
function placeBuyerEvent(
  { stream, id }: RecordedFact,
  event: BuyerEvent,
  lanesOf: LanesOfClaim,
  laneCount: number,
): readonly PlacedFact[] {
  const isHere = (lane: number) => (sku: Sku) => laneOfSku(sku, laneCount) === lane;
  return lanesOf(event.claim).map((lane, at) => ({
    ...{ lane, stream, id: at === 0 ? id : undefined },
    event:
      event.type === 'BuyerHoldBegan' ? { ...event, skus: event.skus.filter(isHere(lane)) } : event,
  }));
}
