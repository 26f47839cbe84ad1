/** What must be true of every order after every fact; a breach is a bug, never a refusal. */
import { assert } from '@holdfast/chassis/decider';
import { backorderedUnits, dueAt, isPaid, type Order, openUnits } from './order.ts';

/** @throws BrokenLaw */
export function checkOrderLaw(order: Order): void {
  if (order.stage === 'absent') return;
  const { lines, progress, id } = order;
  const { status } = progress;
  for (const line of lines) {
    const { pendingUnits, backorderedUnits, allocatedUnits, cancelledUnits, orderedUnits } = line;
    const parts = [pendingUnits, backorderedUnits, allocatedUnits, cancelledUnits];
    assert(Math.min(...parts) >= 0, `no part of a line of ${id} is negative`);
    assert(
      parts.reduce((sum, part) => sum + part, 0) === orderedUnits,
      `the units of each line of ${id} are all accounted for`,
    );
    const undecided = status === 'pending' || status === 'rejected';
    assert(undecided || pendingUnits === 0, `${id} has no pending units once it is decided`);
    assert(!undecided || allocatedUnits + line.backorderedUnits === 0, `${id} holds no stock yet`);
  }
  const open = lines.reduce((sum, line) => sum + openUnits(line), 0);
  assert((open === 0) === (status === 'cancelled'), `${id} is cancelled when nothing is left`);
  if (status === 'confirmed') {
    assert(backorderedUnits(order) === 0, `${id} is confirmed only with all its stock`);
    assert(isPaid(order), `${id} is confirmed only when paid`);
  }
  if (status === 'pending' || status === 'taken') {
    assert(dueAt(order) !== undefined, `${id} has ended or has a deadline`);
  }
  if (status === 'taken') {
    const ready = isPaid(order) && backorderedUnits(order) === 0;
    assert(!ready, `${id} is confirmed as soon as it can be`);
  }
}
