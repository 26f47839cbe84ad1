/** How long an order waits, and for what. Every wait ends: DESIGN 5. */

/** Inventory's answer to the first request; each further one waits twice as long. */
export const allocationAnswerMs = 30_000;
/** Requests after the first; then the order is rejected and everything is asked back. */
export const allocationRepeatsMax = 3;

const dayMs = 24 * 3_600_000;
/**
 * How long a paid backorder may wait before its customer must hear of it, each time (16 CFR 435.2:
 * 30 days).
 */
export const backorderNoticeMs = 30 * dayMs;

/** How long inventory's answer is awaited after the given number of requests, from 1. */
export const answerWaitMs = (requests: number): number => allocationAnswerMs * 2 ** (requests - 1);

export const orderLinesMax = 100;
