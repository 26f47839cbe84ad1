/** How many may be answered at once: fewer while answers come late, more while they do not. */

export type FittingLimit = {
  now(): number;
  /** @param isWanted whether more would have come in */
  answered(isLate: boolean, isWanted: boolean): void;
  /** As few as it gets. */
  least(): void;
  /** As at first. */
  begin(): void;
};

const begunWith = 64;
/** It moves once in so many answers, or in as many as it lets in: what it did must show first. */
const answersMin = 32;
const latePartMax = 0.1;
const shrinkBy = 0.8;
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

  const moveTo = (next: number) => {
    limit = Math.max(least, Math.min(most, next));
    answers = 0;
    late = 0;
    wasWanted = false;
  };

  return {
    now: () => Math.floor(limit),
    answered(isLate, isWanted) {
      answers += 1;
      if (isLate) late += 1;
      wasWanted ||= isWanted;
      if (answers < Math.max(answersMin, limit)) return;
      if (late > answers * latePartMax) moveTo(limit * shrinkBy);
      else moveTo(wasWanted ? limit * growth.by + growth.and : limit);
    },
    least: () => moveTo(least),
    begin: () => moveTo(Math.max(limit, begunWith)),
  };
}
