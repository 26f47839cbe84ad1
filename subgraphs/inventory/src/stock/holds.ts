/**
 * Units held at one location, by the moment at which their holds end: what an expired hold no
 * longer counts.
 */

/** Milliseconds since 1970, UTC. */
type Instant = number;

/**
 * The end of a hold that no clock ends: its claim over several lanes is not decided yet. The last
 * moment that a date can name.
 */
export const undecidedEnd: Instant = 8.64e15;

export type Holds = {
  units: number;
  /** Moments at which some hold ends, ascending. */
  readonly ends: Instant[];
  readonly unitsByEnd: Map<Instant, number>;
};

export const noHolds = (): Holds => ({ units: 0, ends: [], unitsByEnd: new Map() });

export function addHold(holds: Holds, end: Instant, units: number): void {
  holds.units += units;
  const known = holds.unitsByEnd.get(end);
  holds.unitsByEnd.set(end, (known ?? 0) + units);
  if (known === undefined) insertSorted(holds.ends, end);
}

export function removeHold(holds: Holds, end: Instant, units: number): void {
  holds.units -= units;
  const left = (holds.unitsByEnd.get(end) ?? 0) - units;
  if (left !== 0) {
    holds.unitsByEnd.set(end, left);
    return;
  }
  holds.unitsByEnd.delete(end);
  const at = placeOf(holds.ends, end);
  if (holds.ends[at] === end) holds.ends.splice(at, 1);
}

/** Units whose holds have not ended at `now`; a hold ends at its moment, not after it. */
export function heldUnits(holds: Holds, now: Instant): number {
  let units = holds.units;
  for (const end of holds.ends) {
    if (end > now) break;
    units -= holds.unitsByEnd.get(end) ?? 0;
  }
  return units;
}

/** Units held by claims that are not decided yet: they may be free again soon. */
export const undecidedUnits = (holds: Holds): number => holds.unitsByEnd.get(undecidedEnd) ?? 0;

function insertSorted(ends: Instant[], end: Instant): void {
  const last = ends.at(-1);
  // Nearly always: holds of one length end in the order in which they began.
  if (last === undefined || end > last) ends.push(end);
  else ends.splice(placeOf(ends, end), 0, end);
}

/** The first place whose moment is not before `end`. */
function placeOf(ends: readonly Instant[], end: Instant): number {
  let low = 0;
  let high = ends.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ends[middle]! < end) low = middle + 1;
    else high = middle;
  }
  return low;
}
