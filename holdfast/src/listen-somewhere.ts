/** Takes the port that was asked for, or the first free one. */
import { Refused } from './refused.ts';
import { defaultPort } from './settings.ts';

export type Listening = {
  /** Of the system, without a path. */
  readonly url: string;
  readonly port: number;
  /** True when 4000 was taken. */
  readonly portMoved: boolean;
};

const portsTried = 100;

const isTaken = (failure: unknown): boolean =>
  failure instanceof Error && 'code' in failure && failure.code === 'EADDRINUSE';

/**
 * @param port undefined: from the default one on
 * @throws Refused when there is none
 */
export async function listenSomewhere<Listening>(
  port: number | undefined,
  listen: (port: number) => Promise<Listening>,
): Promise<Listening & { readonly portMoved: boolean }> {
  const from = port ?? defaultPort;
  for (let next = from; ; next += 1) {
    try {
      return { ...(await listen(next)), portMoved: port === undefined && next !== from };
    } catch (failure) {
      if (!isTaken(failure)) throw failure;
      if (port !== undefined) {
        throw new Refused(`Port ${port} is in use; set PORT to a free one, or unset it.`, {
          cause: failure,
        });
      }
      if (next - from < portsTried) continue;
      throw new Refused(`No port from ${from} to ${next} is free; set PORT to a free one.`);
    }
  }
}
