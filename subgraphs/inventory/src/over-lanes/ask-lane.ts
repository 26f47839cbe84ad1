/** How the driver reaches a lane, wherever its owner is; and what time it has for it. */
import { type Clock, pause } from '@holdfast/chassis/clock';
import type { CommandRecord, Outcome } from '@holdfast/chassis/commit';
import { BrokenLaw } from '@holdfast/chassis/decider';
import { Overloaded, retryAfterMs } from '@holdfast/chassis/lane/lane';
import {
  type ClaimId,
  laneOfPlace,
  placeOf,
  placeOfId,
  type Sku,
} from '@holdfast/schema/identifiers';
import type { InventoryCommand } from '../decide.ts';

/** What a lane has answered, durably. */
export type Told = {
  readonly outcome: Outcome;
  readonly lane: number;
  /** Of that lane; includes what was decided. */
  readonly version: number;
  /** The answer to an earlier request under the same key. */
  readonly replayed: boolean;
  /** What the lane showed right after it decided; undefined where several lanes had to. */
  readonly shown: unknown;
};

/** @throws whatever leaves the outcome unknown, or `Overloaded` */
export type AskLane = (
  lane: number,
  command: InventoryCommand,
  record: CommandRecord,
) => Promise<Told>;

export type OverLanes = {
  readonly laneCount: number;
  readonly ask: AskLane;
  readonly clock: Clock;
};

/** Between two tries of what waits for other claims. */
const waitMs = 20;
/** Until a message that nobody answered is sent again. */
export const resendMs = 200; // DESIGN 4, step 8

export const laneOfSku = (sku: Sku, laneCount: number): number =>
  laneOfPlace(placeOf(sku), laneCount);
export const homeOf = (claim: ClaimId, laneCount: number): number =>
  laneOfPlace(placeOfId(claim), laneCount);

/** Ascending, each once. */
export const lanesOfSkus = (skus: readonly Sku[], laneCount: number): readonly number[] =>
  [...new Set(skus.map((sku) => laneOfSku(sku, laneCount)))].sort((a, b) => a - b);

export const rejectionTypeOf = ({ outcome }: Told): string | undefined =>
  'rejected' in outcome ? outcome.rejected.type : undefined;

export const acceptedOf = <Answer>({ outcome }: Told): Answer => {
  if ('accepted' in outcome) return outcome.accepted as Answer;
  throw new Error(`refused what cannot be refused: ${outcome.rejected.type}`);
};

/**
 * Asks until the lane is not waiting for other claims any more.
 * @throws Overloaded at the deadline; no key is spent
 */
export async function askUntilDecided(
  over: OverLanes,
  deadline: number,
  ask: () => Promise<Told>,
): Promise<Told> {
  for (;;) {
    const told = await ask();
    if (rejectionTypeOf(told) !== 'HoldsUndecided') return told;
    if (over.clock.now() >= deadline) throw new Overloaded(retryAfterMs);
    await pause(over.clock, waitMs);
  }
}

/**
 * A message between lanes: repeated, because it is idempotent, until it is answered.
 * @throws Overloaded when nobody has answered by the deadline: asked again, the caller joins
 */
export async function askAgain(
  over: OverLanes,
  deadline: number,
  ask: () => Promise<Told>,
): Promise<Told> {
  for (;;) {
    try {
      return await ask();
    } catch (failure) {
      if (over.clock.now() >= deadline) throw unanswered(failure);
    }
    await pause(over.clock, resendMs);
  }
}

function unanswered(cause: unknown): Error {
  if (cause instanceof BrokenLaw) return cause;
  const elsewhere = cause instanceof Overloaded && cause.elsewhere;
  return Object.assign(new Overloaded(retryAfterMs, true, elsewhere), { cause });
}

const driver = 'claims over lanes';

/** Its answer is not what the caller hears. */
export const isBetweenLanes = ({ by }: CommandRecord): boolean => by === driver;

/** Nobody outside asks for it: what goes between a claim's home and its lanes has no key. */
export const betweenLanes = (command: InventoryCommand, cause: CommandRecord): CommandRecord => ({
  ...{ type: command.type, by: driver, actor: cause.actor },
  ...(cause.trace === undefined ? {} : { trace: cause.trace }),
});
