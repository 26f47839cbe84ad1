/** Stops what is under way when a signal says that nobody waits for it any more. */

export type Stoppable = { stop(reason: Error): void };

const underWay = new WeakMap<AbortSignal, Stoppable[]>();

/**
 * What is under way for a signal's owner: who begins puts itself in, and takes itself out by
 * `takeOut`. The signal itself has one listener for as long as it lives. To add and remove one for
 * each call makes a table of the engine's with every few calls, all of them chained, so that
 * collecting what is young copied a tenth of all that a call had used.
 */
export const underWayFor = (signal: AbortSignal): Stoppable[] => {
  const known = underWay.get(signal);
  if (known !== undefined) return known;
  const calls: Stoppable[] = [];
  underWay.set(signal, calls);
  const stopAll = () => {
    for (const call of calls.splice(0)) call.stop(new Error('Nobody waits for the answer.'));
  };
  signal.addEventListener('abort', stopAll, { once: true });
  return calls;
};

export const takeOut = (calls: Stoppable[], call: Stoppable): void => {
  const place = calls.indexOf(call);
  if (place >= 0) calls.splice(place, 1);
};
