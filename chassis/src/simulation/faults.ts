/** What goes wrong, and how often. */
import type { Random } from './random.ts';

/** Probabilities are from 0 to 1. */
export type Faults = {
  /** Of a process, before and after the effect of each call of a port. */
  readonly crash: number;
  /** Of a call, with an unknown outcome: not applied, applied, or applied later. */
  readonly failure: number;
  /** Of a call, to begin a while in which most calls of its process fail. */
  readonly outage: number;
  /** Of an append, to take long. */
  readonly slowAppend: number;
  /** Of a commit that was not acknowledged, to be undone before anybody could read it. */
  readonly undoneAppend: number;
  /** Of a timer, to fire late: a process may be paused, or busy. */
  readonly lateTimer: number;
  /** Of a hint that something was appended, to be lost. */
  readonly lostHint: number;
  /** Of a delivery of the bus, to come twice. */
  readonly duplicate: number;
  /** Of a delivery of the bus, to be lost; it comes again much later. */
  readonly lostDelivery: number;
  /** Of a message that the bus has already, to be taken for a new one. */
  readonly missedRepeat: number;
  /**
   * Of a renewal of a lease, to be the last one: its holder is paused, or cannot reach the bus.
   */
  readonly lostLease: number;
  /** Deliveries arrive within this, in any order. */
  readonly reorderMsMax: number;
  /** By how much the clock of a process may be wrong at its start. */
  readonly clockErrorMsMax: number;
};

export const noFaults: Faults = {
  crash: 0,
  failure: 0,
  outage: 0,
  slowAppend: 0,
  undoneAppend: 0,
  lateTimer: 0,
  lostHint: 0,
  duplicate: 0,
  lostDelivery: 0,
  missedRepeat: 0,
  lostLease: 0,
  reorderMsMax: 3,
  clockErrorMsMax: 0,
};

/** RELIABILITY R1. */
export const storm: Faults = {
  crash: 0.004,
  failure: 0.01,
  outage: 0.001,
  slowAppend: 0.06,
  undoneAppend: 0.2,
  lateTimer: 0.2,
  lostHint: 0.2,
  duplicate: 0.1,
  lostDelivery: 0.05,
  missedRepeat: 0.05,
  lostLease: 0.03,
  reorderMsMax: 40,
  clockErrorMsMax: 0,
};

const hourMs = 3_600_000;

/** Each run has weather of its own: a fault that never rests hides what happens without it. */
export function drawFaults(random: Random): Faults {
  if (random.chance(0.05)) return noFaults;
  const often = () => random.pick([0, 0.5, 1, 1, 2]);
  return {
    crash: storm.crash * often(),
    failure: storm.failure * often(),
    outage: storm.outage * often(),
    slowAppend: storm.slowAppend * often(),
    undoneAppend: storm.undoneAppend * often(),
    lateTimer: storm.lateTimer * often(),
    lostHint: storm.lostHint * often(),
    duplicate: storm.duplicate * often(),
    lostDelivery: storm.lostDelivery * often(),
    missedRepeat: storm.missedRepeat * often(),
    lostLease: storm.lostLease * often(),
    reorderMsMax: random.pick([3, 40, 40]),
    clockErrorMsMax: random.pick([0, 0, 0, 2_000, 2_000, hourMs]),
  };
}
