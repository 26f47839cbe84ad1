/**
 * One of several processes that all believe to own every lane of inventory, over one MongoDB: sells
 * single units, or carts of them, as fast as it is answered.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { inProcessBus } from '@holdfast/chassis/bus/bus.in-process';
import { systemClock } from '@holdfast/chassis/clock';
import { Overloaded } from '@holdfast/chassis/lane/lane';
import { mongoEventLog } from '@holdfast/chassis/log/event-log.mongo';
import { openMongoStore } from '@holdfast/chassis/mongo/store.mongo';
import { mongoReadModel } from '@holdfast/chassis/read-model/read-model.mongo';
import { mongoLaneRows } from '@holdfast/chassis/rows/lane-rows.mongo';
import { createInventory } from '@holdfast/inventory/app';
import { homePlace, reservationId, type Sku } from '@holdfast/schema/identifiers';
import { answerParent, caseFromParent } from '../measure/child.ts';

export type OwnerCase = {
  readonly url: string;
  readonly prefix: string;
  readonly laneCount: number;
  /** Each request asks for one unit of each SKU of the next cart. */
  readonly carts: readonly (readonly string[])[];
  readonly requests: number;
  readonly callers: number;
  /** What is not answered by then is given up. */
  readonly withinMs: number;
};

const stopWithinMs = 5_000;

export type OwnerFigures = {
  readonly accepted: number;
  readonly refused: number;
  /** Given up, or never sent; each may be decided all the same. */
  readonly unanswered: number;
  /** Too busy to decide; nothing is spent by it. */
  readonly overloaded: number;
  readonly conflicts: number;
  readonly slowestMs: number;
};

type Place = Pick<OwnerCase, 'url' | 'prefix' | 'laneCount'>;

/** Not started. */
export async function openOwner({ url, prefix, laneCount }: Place) {
  const clock = systemClock();
  const store = await openMongoStore({ url, prefix, own: ['inventory'] });
  const inventory = createInventory({
    ...{ clock, secret: 'split brain', epoch: 'split brain', laneCount },
    log: mongoEventLog(store),
    rows: mongoLaneRows(store, clock),
    bus: inProcessBus({ clock }),
    readModel: mongoReadModel(store, 'inventory'),
    storefrontCap: Number.POSITIVE_INFINITY,
    // Nobody says that a lane is its own, and nobody says that it is not.
    lease: () => undefined,
    onFailure: (failure) => {
      throw failure;
    },
  });
  return { inventory, store, clock };
}

if (import.meta.main) {
  const asked = caseFromParent<OwnerCase>();
  const { inventory, clock } = await openOwner(asked);
  // With one lane it has the catalog itself; its projections would only slow all of them down.
  await (asked.laneCount === 1 ? inventory.ledger.start() : inventory.start());
  const figures = { accepted: 0, refused: 0, overloaded: 0, slowestMs: 0 };
  let sent = 0;
  const isLate = () => performance.now() > asked.withinMs;

  const buy = async (request: number) => {
    const skus = (asked.carts[request % asked.carts.length] ?? []) as readonly Sku[];
    const claim = reservationId(clock.newId(), homePlace(skus));
    const record = { type: 'ReserveStock', by: `owner-${process.pid}`, actor: 'partner' };
    const wanted = skus.map((sku) => ({ sku, anywhere: 1, at: new Map() }));
    const command = {
      ...{ type: 'ReserveStock' as const, claim, channel: 'default' as never, wanted },
      ...{ buyer: undefined, ttlSeconds: 1_800 },
    };
    const key = `${process.pid}-${request}`;
    const startedAt = performance.now();
    const heard = await patiently(() =>
      inventory.command(command, { ...record, key, input: claim }),
    );
    if (!heard) return;
    figures.slowestMs = Math.max(figures.slowestMs, performance.now() - startedAt);
    figures['accepted' in heard.outcome ? 'accepted' : 'refused'] += 1;
  };
  /** As a client does: under the same key, after the time that it was told. */
  const patiently = async <Answer>(ask: () => Promise<Answer>): Promise<Answer | undefined> => {
    while (!isLate()) {
      try {
        return await ask();
      } catch (failure) {
        if (!(failure instanceof Overloaded)) throw failure;
        figures.overloaded += 1;
        await pause(failure.retryAfterMs);
      }
    }
    return undefined;
  };
  const caller = async () => {
    while (sent < asked.requests && !isLate()) await buy(sent++);
  };
  await Promise.all(Array.from({ length: asked.callers }, caller));
  const conflicts = inventory.ledger.figures().reduce((sum, lane) => sum + lane.conflicts, 0);
  // All rows can be made again from the log: a slow store is not waited for.
  await Promise.race([inventory.ledger.stop(), pause(stopWithinMs)]);
  const unanswered = asked.requests - figures.accepted - figures.refused;
  answerParent<OwnerFigures>({ ...figures, unanswered, conflicts });
}
