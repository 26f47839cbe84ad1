/**
 * Units held at one location, by the moment at which their holds end: what an expired hold no
 * longer counts. A SKU in a rush has a hundred thousand such moments, so they lie in blocks: a
 * change moves what is in one of them, and only blocks that have changed are written out anew.
 */

/** Milliseconds since 1970, UTC. */
type Instant = number;

/**
 * The end of a hold that no clock ends: its claim over several lanes is not decided yet. The last
 * moment that a date can name.
 */
export const undecidedEnd: Instant = 8.64e15;

/** Never empty. */
type Block = {
  /** Moments at which some hold ends, ascending, before all those of the next block. */
  readonly ends: Instant[];
  /** Of each. */
  readonly units: number[];
};

export type Holds = {
  units: number;
  readonly blocks: Block[];
};

const blockEndsMax = 512;

export const noHolds = (): Holds => ({ units: 0, blocks: [] });

export const addHold = (holds: Holds, end: Instant, units: number): void =>
  change(holds, end, units);

export const removeHold = (holds: Holds, end: Instant, units: number): void =>
  change(holds, end, -units);

/** Units whose holds have not ended at `now`; a hold ends at its moment, not after it. */
export function heldUnits({ units: all, blocks }: Holds, now: Instant): number {
  let held = all;
  for (const { ends, units } of blocks) {
    for (let at = 0; at < ends.length; at += 1) {
      if (ends[at]! > now) return held;
      held -= units[at]!;
    }
  }
  return held;
}

/** Units held by claims that are not decided yet: they may be free again soon. */
export function undecidedUnits({ blocks }: Holds): number {
  const last = blocks.at(-1);
  return last?.ends.at(-1) === undecidedEnd ? last.units.at(-1)! : 0;
}

export const firstEnd = ({ blocks }: Holds): Instant | undefined => blocks[0]?.ends[0];

function change(holds: Holds, end: Instant, units: number): void {
  const { blocks } = holds;
  holds.units += units;
  // The last block takes what comes after all.
  const blockAt = Math.min(placeOf(blocks, lastOf, end), blocks.length - 1);
  const block = blocks[blockAt];
  if (!block) return void blocks.push({ ends: [end], units: [units] });
  texts.delete(block);
  const at = placeOf(block.ends, itself, end);
  if (block.ends[at] !== end) return insert(blocks, blockAt, { at, end, units });
  block.units[at]! += units;
  if (block.units[at] !== 0) return;
  block.ends.splice(at, 1);
  block.units.splice(at, 1);
  if (block.ends.length === 0) blocks.splice(blockAt, 1);
}

type Entry = { readonly at: number; readonly end: Instant; readonly units: number };

function insert(blocks: Block[], blockAt: number, { at, end, units }: Entry): void {
  const block = blocks[blockAt]!;
  block.ends.splice(at, 0, end);
  block.units.splice(at, 0, units);
  if (block.ends.length <= blockEndsMax) return;
  // What comes last goes on in a block of its own: nearly always holds end as they began.
  const kept = at === blockEndsMax ? at : blockEndsMax / 2;
  blocks.splice(blockAt + 1, 0, { ends: block.ends.splice(kept), units: block.units.splice(kept) });
}

const lastOf = ({ ends }: Block): Instant => ends.at(-1)!;
const itself = (end: Instant): Instant => end;

/** The first place whose moment is not before `end`; behind all when each is. */
function placeOf<Item>(
  items: readonly Item[],
  momentOf: (item: Item) => Instant,
  end: Instant,
): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (momentOf(items[middle]!) < end) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** As they were written last, until they change. */
const texts = new WeakMap<Block, string>();

/**
 * A text for each block: the first moment and its units, then how much later each other one is, and
 * its units.
 */
export const encodeHolds = ({ blocks }: Holds): readonly string[] => blocks.map(textOf);

function textOf(block: Block): string {
  const known = texts.get(block);
  if (known !== undefined) return known;
  const { ends, units } = block;
  const text = ends.map((end, at) => `${end - (ends[at - 1] ?? 0)},${units[at]}`).join(',');
  texts.set(block, text);
  return text;
}

export function decodeHolds(blocks: readonly string[]): Holds {
  const holds = noHolds();
  for (const text of blocks) {
    const numbers = text.split(',').map(Number);
    let end = 0;
    for (let at = 0; at < numbers.length; at += 2) {
      end += numbers[at]!;
      addHold(holds, end, numbers[at + 1]!);
    }
  }
  return holds;
}
