/** Every bound of this subgraph that is not a rule of the order itself (order/limits.ts). */

/** How long placing waits for inventory's answer before it shows the pending order (DESIGN 5). */
export const decisionWaitMs = 2_000;
/** After that, placing shows the pending order however late it came to wait for its decision. */
export const placeWithinMs = 3_000;
/** How long cancelling waits for the units to be free again, so that who looks next sees them. */
export const releaseWaitMs = 500;
/** How long an unknown SKU, channel or reservation may be one that has just been made. */
export const factsWaitMs = 500;
/** How long a look by number waits for the newest order. */
export const numbersWaitMs = 500;
/** Proof of life of a subscription (DESIGN 7). */
export const heartbeatMs = 15_000;

export const historyPageDefault = 20;
export const historyPageMax = 100;
