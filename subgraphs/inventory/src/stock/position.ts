/**
 * One SKU at one location, on two axes (DESIGN 4): the condition of the units that are there, and
 * what the sellable ones are committed to. Nothing that follows from something else is kept: free,
 * shortfall and ATP are derived.
 */
import type { StockCondition } from '@holdfast/schema/quantities';
import { type Holds, heldUnits, noHolds } from './holds.ts';

/** Milliseconds since 1970, UTC. */
type Instant = number;

/** A change of the units that are there. */
export type Movement = {
  readonly at: Instant;
  readonly condition: StockCondition;
  readonly deltaUnits: number;
};

export type Position = {
  /** Units that are there, by condition; a condition without units is left out or 0. */
  readonly conditions: Partial<Record<StockCondition, number>>;
  readonly holds: Holds;
  allocated: number;
  picked: number;
  /** The latest movements, oldest first, for counts that say up to when they include them. */
  readonly movements: Movement[];
  /** Every movement after this moment is in `movements`. */
  movementsSince: Instant;
};

export const emptyPosition = (): Position => ({
  conditions: {},
  holds: noHolds(),
  allocated: 0,
  picked: 0,
  movements: [],
  movementsSince: 0,
});

export const inCondition = (position: Position, condition: StockCondition): number =>
  position.conditions[condition] ?? 0;

export const onHandUnits = (position: Position): number => {
  let units = 0;
  for (const condition in position.conditions)
    units += inCondition(position, condition as StockCondition);
  return units;
};

/**
 * Units promised to somebody at `now`; an expired hold promises nothing, whether or not anybody has
 * swept it.
 */
export const committedUnits = (position: Position, now: Instant): number =>
  heldUnits(position.holds, now) + position.allocated + position.picked;

/** Sellable units that nobody has; negative by as much as is committed but not there. */
export const freeUnits = (position: Position, now: Instant): number =>
  inCondition(position, 'SELLABLE') - committedUnits(position, now);

export const shortfallUnits = (position: Position, now: Instant): number =>
  Math.max(0, -freeUnits(position, now));

/**
 * The one answer to "what may be promised from here": availability shows it, and reservations and
 * allocations are decided by it.
 *
 * @param safetyStock units of the SKU never promised at a location
 * @param ownUnits units that the asker holds here already and would give up for the new promise
 */
export const availableToPromise = (
  position: Position | undefined,
  safetyStock: number,
  now: Instant,
  ownUnits = 0,
): number => (position ? Math.max(0, freeUnits(position, now) + ownUnits - safetyStock) : 0);

/** Movements kept for each position; a count may reach back as far as they do. */
export const movementsMax = 500;

export function move(
  position: Position,
  at: Instant,
  condition: StockCondition,
  deltaUnits: number,
) {
  position.conditions[condition] = inCondition(position, condition) + deltaUnits;
  position.movements.push({ at, condition, deltaUnits });
  if (position.movements.length <= movementsMax) return;
  const forgotten = position.movements.shift();
  // A count may still reach back to the moment of the last one forgotten: it includes it.
  position.movementsSince = forgotten?.at ?? position.movementsSince;
}

/** Units that came or went in a condition after `since`. */
export const movedSince = (position: Position, condition: StockCondition, since: Instant): number =>
  position.movements.reduce(
    (units, movement) =>
      movement.at > since && movement.condition === condition ? units + movement.deltaUnits : units,
    0,
  );
