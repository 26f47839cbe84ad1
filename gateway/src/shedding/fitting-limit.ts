/** How many may be answered at once: fewer while answers come late, more while they do not. */

export type Answered = {
  readonly isLate: boolean;
  /** Whether more would have come in. */
  readonly isWanted: boolean;
  /** When it was let in: who was before the last cut tells nothing of what that did. */
  readonly cuts: number;
};

export type FittingLimit = {
  now(): number;
  /** How often it was cut. */
  cuts(): number;
  answered(answer: Answered): void;
  /** As few as it gets. */
  least(): void;
  /** As at first. */
  begin(): void;
};

const begunWith = 64;
/** It grows once in so many answers, or in as many as it lets in: what it did must show first. */
const answersMin = 32;
/** Of those; it is cut as soon as more are late, whatever the others will be. */
const latePartMax = 0.1;
const cutTo = 0.6;
const growth = { by: 1.1, and: 2 };

export function fittingLimit(bounds: {
  readonly least: number;
  readonly most: number;
}): FittingLimit {
  const most = Math.max(1, bounds.most);
  const least = Math.min(bounds.least, most);
  let limit = Math.min(begunWith, most);
  let answers = 0;
  let late = 0;
  let wasWanted = false;
  let cuts = 0;

  const moveTo = (next: number) => {
    const moved = Math.max(least, Math.min(most, next));
    if (moved < limit) cuts += 1;
    limit = moved;
    answers = 0;
    late = 0;
    wasWanted = false;
  };

  return {
    now: () => Math.floor(limit),
    cuts: () => cuts,
    answered(answer) {
      if (answer.cuts !== cuts) return;
      answers += 1;
      if (answer.isLate) late += 1;
      wasWanted ||= answer.isWanted;
      const enough = Math.max(answersMin, limit);
      if (late > enough * latePartMax) moveTo(limit * cutTo);
      else if (answers >= enough) moveTo(wasWanted ? limit * growth.by + growth.and : limit);
    },
    least: () => moveTo(least),
    begin: () => moveTo(Math.max(limit, begunWith)),
  };
}
