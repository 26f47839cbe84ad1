/** Which earlier holds a claim takes over, and in which of their lanes that has been asked for. */
import type { ClaimId } from '@holdfast/schema/identifiers';
import type { PartYes } from '../claim/hold-part.ts';
import { homeOf } from './ask-lane.ts';
import type { Driven } from './drive-claim.ts';

export type Pledges = {
  known(): readonly ClaimId[];
  /** A lane was asked for these, and has found some. */
  note(lane: number, asked: readonly ClaimId[], answer: PartYes): void;
  /** A lane that has not been asked yet, and for what; the lowest first. */
  next(): { readonly lane: number; readonly earlier: readonly ClaimId[] } | undefined;
};

export function pledgesOf(
  { asked, lanes, over }: Driven,
  parts: ReadonlyMap<number, PartYes>,
): Pledges {
  const lanesOf = new Map<ClaimId, Set<number>>();
  const done = new Set<string>();
  const mark = (claim: ClaimId, lane: number) => void done.add(`${claim} ${lane}`);

  const add = (claim: ClaimId, more: readonly number[]) => {
    const known = lanesOf.get(claim) ?? new Set();
    lanesOf.set(claim, known);
    for (const lane of more) known.add(lane);
  };
  const note: Pledges['note'] = (lane, wanted, { earlier }) => {
    for (const claim of wanted) mark(claim, lane);
    for (const { claim, lanes: all } of earlier) {
      add(claim, all);
      mark(claim, lane);
    }
  };
  if (asked.type === 'AllocateStock' && asked.reservation !== undefined) {
    // Its own home has to agree; the lanes of its SKUs are asked for it by the order itself.
    add(asked.reservation, [homeOf(asked.reservation, over.laneCount)]);
    for (const lane of lanes) mark(asked.reservation, lane);
  }
  for (const [lane, part] of parts) note(lane, [], part);

  return {
    known: () => [...lanesOf.keys()],
    note,
    next() {
      const open = [...lanesOf].flatMap(([claim, all]) =>
        [...all].filter((lane) => !done.has(`${claim} ${lane}`)).map((lane) => ({ claim, lane })),
      );
      if (open.length === 0) return undefined;
      const lane = Math.min(...open.map((each) => each.lane));
      return { lane, earlier: open.filter((each) => each.lane === lane).map(({ claim }) => claim) };
    },
  };
}
