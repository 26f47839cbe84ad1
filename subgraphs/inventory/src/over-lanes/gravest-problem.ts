/** Lanes say no each for itself; a caller hears one refusal, with all its facts. */
import type { ClaimProblem, Undecided } from '../claim/events.ts';

/** In order of precedence, as in a claim of one lane. */
const order: readonly (ClaimProblem | Undecided)['type'][] = [
  'ChannelNotFound',
  'UnknownSku',
  'LocationNotFound',
  'LocationNotInChannel',
  'AllocationOnly',
  'ReservationGone',
  'InsufficientStock',
  'HoldBusy',
  'Overdue',
];

export function gravest<One extends ClaimProblem | Undecided>(
  one: One,
  other: ClaimProblem,
): One | ClaimProblem {
  if (one.type === 'UnknownSku' && other.type === 'UnknownSku') {
    return { ...one, skus: [...one.skus, ...other.skus] };
  }
  if (one.type === 'InsufficientStock' && other.type === 'InsufficientStock') {
    return { ...one, shortfalls: [...one.shortfalls, ...other.shortfalls] };
  }
  return order.indexOf(other.type) < order.indexOf(one.type) ? other : one;
}
