/** Follows a lane's own claims over several lanes, so that each is settled whoever crashes. */
import {
  createFollower,
  type Follower,
  type Following,
} from '@holdfast/chassis/following/follower';
import { idOfStream, prefixOfStream } from '@holdfast/chassis/stream-kind';
import type { ClaimId } from '@holdfast/schema/identifiers';
import { sameTrace } from '@holdfast/schema/tracing';
import type { WideEvent } from '../claim/events.ts';
import { wideKind } from '../claim/wide.ts';
import { lanesOf } from '../handle-command.ts';
import { inventoryContext, type Ledger } from '../ledger.ts';
import { resendMs } from './ask-lane.ts';
import { settleClaim } from './settle-claim.ts';

const follower = 'policy:settle-claims';

/**
 * Nobody may wait for a person here: units of others stand still meanwhile. A lane that is away for
 * longer than a day is somebody's to see to.
 */
const retryDelaysMs: readonly number[] = [
  ...Array.from({ length: 10 }, () => resendMs),
  ...Array.from({ length: 60 }, () => 1_000),
  ...Array.from({ length: 2_900 }, () => 30_000),
];

/** Facts after which the lanes of a claim have something to hear. */
const outcomes: ReadonlySet<string> = new Set<WideEvent['type']>([
  ...(['ReservationMade', 'AllocationMade', 'AllocationRefused', 'ClaimRefused'] as const),
  ...(['ReservationReleased', 'ReservationExpired', 'ReservationConverted'] as const),
]);

export const settlingName = 'inventory.settle-claims';

export function settleClaims(
  { log, bus, readModel, clock, tracing }: Following,
  lane: number,
  ledger: () => Ledger,
): Follower {
  return createFollower({
    ...{ name: settlingName, lanes: [{ context: inventoryContext, lane }] },
    ...{ log, bus, readModel, clock, tracing, retryDelaysMs },
    async handle(events) {
      const last = events.findLast(({ event }) => outcomes.has(event.type));
      if (!last || prefixOfStream(last.stream) !== wideKind.prefix) return;
      const why = { by: follower, actor: 'holdfast', cause: last.id };
      const record = { type: 'SettleClaim', ...why, ...sameTrace(last.command?.trace) };
      const over = lanesOf(ledger(), clock, 'nothing', undefined);
      const claim = idOfStream(last.stream) as ClaimId;
      await settleClaim(over, { claim, version: last.version }, record);
    },
  });
}
