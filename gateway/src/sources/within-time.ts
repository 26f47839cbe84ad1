import { refusal } from '../errors/error-codes.ts';

/**
 * Waits no longer than `timeoutMs`; the work itself goes on.
 *
 * @throws TIMEOUT, naming the subgraph
 */
export const withinTime = <Result>(
  work: Promise<Result>,
  timeoutMs: number,
  subgraph: string,
): Promise<Result> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(refusal('TIMEOUT', `${subgraph} did not answer in time.`));
    }, timeoutMs);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
