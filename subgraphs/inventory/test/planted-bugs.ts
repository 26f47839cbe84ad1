/** Bugs that are planted into the protocol of claims over lanes, to see each found. */
import { idOfStream, prefixOfStream } from '@holdfast/chassis/stream-kind';
import type { ClaimId } from '@holdfast/schema/identifiers';
import { claimKind } from '../src/claim/claim.ts';
import { laneOfSku, type Told } from '../src/over-lanes/ask-lane.ts';
import type { Message } from './lossy-network.ts';
import type { TestLane } from './test-lane.ts';

export type PlantedBug =
  | 'parallel tries'
  | 'no wait for undecided holds'
  | 'kept before the last yes'
  | 'undecided holds released by the lane itself';

/** What a lane answers, with the bug. */
export function answerWith(
  bug: PlantedBug | undefined,
  at: TestLane,
  { command, record }: Message,
): Told {
  const isTry = command.type === 'TryClaim';
  if (bug === 'kept before the last yes' && isTry && command.lane === command.lanes.at(-1)) {
    const rules = { holdSeconds: 6, holdSecondsMax: 12, paymentGraceSeconds: 900 };
    const yes = { type: 'yes', lines: [], backordered: [], rules, earlier: [] };
    const told = { lane: at.lane, version: 0, replayed: false, shown: undefined };
    return { ...told, outcome: { accepted: yes } };
  }
  const told = at.handle(command, record);
  const waits = 'rejected' in told.outcome && told.outcome.rejected.type === 'HoldsUndecided';
  if (bug !== 'no wait for undecided holds' || !waits || !isTry) return told;
  const no = { type: 'no', problem: { type: 'InsufficientStock', shortfalls: [] } };
  return { ...told, outcome: { accepted: no } };
}

/** What is sent too soon beside a message. */
export function sentEarly(
  bug: PlantedBug | undefined,
  { lane, command, record }: Message,
  laneCount: number,
): readonly Message[] {
  if (bug !== 'parallel tries' || command.type !== 'TryClaim' || lane !== command.lanes[1]) {
    return [];
  }
  const { asked } = command;
  const skus = (asked.type === 'ReserveStock' ? asked.wanted : asked.lines).map((of) => of.sku);
  return command.lanes.slice(2).map((other) => {
    const here = skus.filter((sku) => laneOfSku(sku, laneCount) === other);
    return { lane: other, command: { ...command, here, lane: other }, record };
  });
}

/** What a lane tells itself about holds that nobody has decided. */
export const releasedByItself = (bug: PlantedBug | undefined, at: TestLane): readonly Message[] =>
  bug !== 'undecided holds released by the lane itself'
    ? []
    : at.streams().flatMap((stream) => {
        if (prefixOfStream(stream) !== claimKind.prefix) return [];
        const claim = idOfStream(stream) as ClaimId;
        const part = at.view.get(claimKind, claim);
        if (part.type !== 'tentative' || part.lanes[0] === at.lane) return [];
        const { attempt } = part;
        const outcome = { type: 'refused' } as const;
        const command = { type: 'SettleClaim', claim, attempt, lane: at.lane, outcome } as const;
        const record = { type: command.type, by: 'time', actor: 'nobody' };
        return [{ lane: at.lane, command, record }];
      });
