/** How many may be answered at once: fewer while answers come late, more while they do not. */

/** @param isWanted whether more would have come in */
export type Answered = (isLate: boolean, isWanted: boolean) => void;

export type FittingLimit = {
  now(): number;
  /**
   * Of one who is let in now; called once it is answered. Who was let in before the limit is cut
   * tells nothing of what the cut did, and does not count.
   */
  letOneIn(): Answered;
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

  const answered: Answered = (isLate, isWanted) => {
    answers += 1;
    if (isLate) late += 1;
    wasWanted ||= isWanted;
    const enough = Math.max(answersMin, limit);
    if (late > enough * latePartMax) moveTo(limit * cutTo);
    else if (answers >= enough) moveTo(wasWanted ? limit * growth.by + growth.and : limit);
  };

  return {
    now: () => Math.floor(limit),
    letOneIn() {
      const cutsThen = cuts;
      return (isLate, isWanted) => {
        if (cutsThen === cuts) answered(isLate, isWanted);
      };
    },
    least: () => moveTo(least),
    begin: () => moveTo(Math.max(limit, begunWith)),
  };
}
