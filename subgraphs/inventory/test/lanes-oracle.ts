/** What must be true of claims over several lanes, judged by what lies in the lanes. */
import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { idOfStream, prefixOfStream } from '@holdfast/chassis/stream-kind';
import type { PlacedLine } from '@holdfast/schema/events';
import type { ClaimId } from '@holdfast/schema/identifiers';
import { claimKind } from '../src/claim/claim.ts';
import { wideKind } from '../src/claim/wide.ts';
import type { InventoryCommand } from '../src/decide.ts';
import type { Told } from '../src/over-lanes/ask-lane.ts';
import { undecidedEnd } from '../src/stock/holds.ts';
import { stockKind } from '../src/stock/stock.ts';
import { inventoryVerifier } from '../src/verify.ts';
import type { LanesWorld } from './lanes-world.ts';
import type { TestLane } from './test-lane.ts';

type Answered = {
  readonly type?: string;
  readonly shortfalls?: unknown;
  readonly problem?: { readonly type: string };
};

/** True when the lane has said that there is not enough stock. */
function saysShort({ outcome, replayed }: Told): boolean {
  if (replayed) return false;
  const said = ('rejected' in outcome ? outcome.rejected : outcome.accepted) as Answered | null;
  return said?.type === 'InsufficientStock' || said?.problem?.type === 'InsufficientStock';
}

/** What the lane said no to must be short by firm commitments alone. */
export function judgeRefusal(
  lane: TestLane,
  command: InventoryCommand,
  now: number,
  answer: () => Told,
): Told {
  const asked = 'asked' in command ? command.asked : command;
  if (asked.type !== 'ReserveStock' && asked.type !== 'AllocateStock') return answer();
  if (command.type === 'RefuseRequest') return answer();
  const here = 'here' in command ? new Set<string>(command.here) : undefined;
  const wanted = (asked.type === 'ReserveStock' ? asked.wanted : asked.lines).filter(
    ({ sku }) => !here || here.has(sku),
  );
  const isShort = wanted.some((line) => {
    const units = 'units' in line ? line.units : line.anywhere;
    const { positions } = lane.view.get(stockKind, line.sku);
    let firmlyFree = 0;
    for (const { conditions, holds, allocated } of positions.values()) {
      let held = 0;
      for (const { ends, units } of holds.blocks) {
        ends.forEach((end, at) => {
          if (end > now && end !== undecidedEnd) held += units[at] ?? 0;
        });
      }
      firmlyFree += Math.max(0, (conditions.SELLABLE ?? 0) - allocated - held);
    }
    return units > firmlyFree;
  });
  const told = answer();
  if (saysShort(told)) ok(isShort, `${command.type} of ${asked.claim}: a false refusal`);
  return told;
}

const sums = (lines: readonly PlacedLine[]) => {
  const byPlace = new Map<string, number>();
  for (const { sku, location, units } of lines) {
    byPlace.set(`${sku} ${location}`, (byPlace.get(`${sku} ${location}`) ?? 0) + units);
  }
  return [...byPlace].sort();
};

/** When nothing is under way any more: every claim is whole or gone, everywhere. */
export function expectAllOrNothing({ lanes, clock }: LanesWorld) {
  for (const lane of lanes) {
    for (const stream of lane.streams()) {
      if (prefixOfStream(stream) === claimKind.prefix) {
        const part = lane.view.get(claimKind, idOfStream(stream));
        const undecided =
          part.type === 'tentative' || ('status' in part && part.status === 'pledged');
        ok(!undecided, `${stream} of lane ${lane.lane} is stuck`);
      }
      if (prefixOfStream(stream) !== wideKind.prefix) continue;
      const wide = lane.view.get(wideKind, idOfStream(stream));
      if (wide.status === 'none') continue;
      ok(wide.status !== 'open', `${stream} was never decided`);
      ok(wide.settled, `${stream} was never settled`);
      const parts = lanes.map((each) => each.view.get(claimKind, idOfStream(stream)));
      const held = parts.filter(
        (part) =>
          part.type === 'allocation' ||
          (part.type === 'reservation' && part.status === 'active' && part.expiresAt > clock.now()),
      );
      const whole = wide.status === 'kept' ? wide.whole : undefined;
      const isActive =
        whole?.type === 'reservation' && whole.status === 'active' && whole.expiresAt > clock.now();
      if (isActive) {
        const lines = held.flatMap((part) => ('lines' in part ? part.lines : []));
        deepStrictEqual(sums(lines), sums(whole.lines), `${stream} is held everywhere`);
      } else if (whole?.type === 'allocation') {
        const missing = wide.lanes.filter((at) => parts[at]?.type !== 'allocation');
        deepStrictEqual(missing, [], `${stream} is allocated everywhere`);
      } else strictEqual(held.length, 0, `${stream} holds nothing any more`);
    }
  }
}

/** Every log folded again: the law, and what SKUs and claims say of each other. */
export function verifyLogs({ lanes }: LanesWorld) {
  const verifier = inventoryVerifier();
  for (const { commits } of lanes) for (const commit of commits) verifier.commit(commit);
  return verifier.finish();
}

/** How the claim that a client was told of stands where it was decided. */
export const wasMade = ({ lanes }: LanesWorld, claim: ClaimId): boolean =>
  lanes.some(({ commits }) =>
    commits.some(({ entries }) =>
      entries.some(({ events }) =>
        events.some(
          (event) =>
            event.type === 'ReservationMade' &&
            (event as unknown as { claim: ClaimId }).claim === claim,
        ),
      ),
    ),
  );
