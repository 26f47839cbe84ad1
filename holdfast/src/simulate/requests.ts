/**
 * What clients have asked for, when, and every answer that reached them: what the invariants hold
 * the log against.
 */
import { laneKey } from '@holdfast/chassis/commit';
import type { World } from '@holdfast/chassis/simulation/world';

export type Answer = {
  /** The part of the answer that must be the same each time, as text. */
  readonly text: string;
  /** False for a refusal that spends no key: another may follow. */
  readonly kept: boolean;
  /** The version of the lane that the instance spoke of. */
  readonly version: number | undefined;
  /** The newest version of that lane that had been heard of when this attempt was sent. */
  readonly atLeast: number;
  readonly replayed: boolean;
  /** In the order of everything that was sent and heard. */
  readonly heardAt: number;
};

export type Request<Content = unknown> = {
  readonly context: 'inventory' | 'orders';
  readonly type: string;
  readonly by: string;
  readonly key: string;
  readonly content: Content;
  readonly sentAt: number;
  /** Virtual milliseconds. */
  readonly sentAtMs: number;
  readonly answers: Answer[];
};

export type Requests = {
  /** A new request; its key is new too unless `key` says which. */
  open<Content>(
    about: Pick<Request<Content>, 'context' | 'type' | 'by' | 'content'> & {
      readonly key?: string;
    },
  ): Request<Content>;
  /** @param lane that the answer speaks of */
  heard(request: Request, answer: Omit<Answer, 'heardAt'>, lane: number): void;
  all(): readonly Request[];
  /** The newest version of each lane that any answer until now has spoken of. */
  heardOf(context: Request['context']): (lane: number) => number;
  /** Names all of them, as a client does that has heard everything (`Holdfast-After`). */
  cursor(): string;
  /** The moment after everything that has happened. */
  tick(): number;
};

export function createRequests(world: World): Requests {
  const requests: Request[] = [];
  /** By lane, e.g. `inventory:3`. */
  const newest = new Map<string, number>();
  let ticks = 0;
  const tick = () => {
    ticks += 1;
    return ticks;
  };
  return {
    open({ key = `key-${requests.length + 1}`, ...about }) {
      const request = { ...about, key, sentAt: tick(), sentAtMs: world.now(), answers: [] };
      requests.push(request);
      return request;
    },
    heard(request, answer, lane) {
      request.answers.push({ ...answer, heardAt: tick() });
      const key = laneKey({ context: request.context, lane });
      newest.set(key, Math.max(newest.get(key) ?? 0, answer.version ?? 0));
      world.tell(request.by, () => `hears of ${request.type} ${request.key}: ${answer.text}`);
    },
    all: () => requests,
    heardOf(context) {
      const now = new Map(newest);
      return (lane) => now.get(laneKey({ context, lane })) ?? 0;
    },
    cursor: () => [...newest].map(([lane, version]) => `${lane}:${version}`).join(),
    tick,
  };
}

export const requestId = ({ by, type, key }: Pick<Request, 'by' | 'type' | 'key'>): string =>
  `${by}\n${type}\n${key}`;
