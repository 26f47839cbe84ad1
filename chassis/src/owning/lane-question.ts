/**
 * What processes of one context ask each other about a lane, and how it is written. In the
 * structured clone format, which keeps maps, sets and what is undefined; the door it goes through
 * lets only our own processes in.
 */
import { deserialize, serialize } from 'node:v8';
import type { CommandRecord, Outcome } from '../commit.ts';
import type { Handled, LaneCommand } from '../lane/lane.ts';

export type LaneQuestion<Command> =
  | {
      readonly type: 'handle';
      readonly command: LaneCommand<Command>;
      readonly look: string;
      readonly subject: unknown;
    }
  | {
      readonly type: 'read';
      readonly streams: readonly string[];
      readonly look: string;
      readonly subject: unknown;
    }
  | { readonly type: 'outcome'; readonly record: CommandRecord };

export type LaneReply =
  | { readonly type: 'handled'; readonly handled: Handled<unknown> }
  | { readonly type: 'seen'; readonly shown: unknown; readonly version: number }
  | { readonly type: 'outcome'; readonly outcome: Outcome | undefined; readonly version: number }
  | {
      readonly type: 'overloaded';
      readonly retryAfterMs: number;
      readonly mayBeDecided: boolean;
    }
  /** It was the owner's once; what was in flight when it failed may have become durable. */
  | { readonly type: 'not the owner' }
  /** The owner's store is away. */
  | { readonly type: 'store away' }
  /** A bug, or a damaged store. */
  | { readonly type: 'failed'; readonly reason: string };

export const encodeQuestion = <Command>(question: LaneQuestion<Command>): Uint8Array =>
  serialize(question);

/** @throws Error when it is not what `encodeQuestion` wrote */
export function decodeQuestion<Command>(bytes: Uint8Array): LaneQuestion<Command> {
  const question = deserialize(bytes) as LaneQuestion<Command>;
  if (!['handle', 'read', 'outcome'].includes(question?.type)) throw new Error('no question');
  return question;
}

export const encodeReply = (reply: LaneReply): Uint8Array => serialize(reply);

export const decodeReply = (bytes: Uint8Array): LaneReply => deserialize(bytes) as LaneReply;
