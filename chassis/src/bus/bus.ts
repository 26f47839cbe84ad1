/**
 * The port to the bus: it carries commits from a log to who follows it. It is a cache of the log,
 * never the truth: what it loses or repeats is found in the log (DESIGN 3).
 */
import type { Commit, LaneId } from '../commit.ts';

export type BusMessage = {
  readonly subject: string;
  readonly id: string;
  readonly commit: Commit;
};

/** A place in the stream of all commits; places compare only within one epoch of the stream. */
export type BusPlace = { readonly epoch: string; readonly sequence: number };

export type Delivery = BusMessage & {
  /** 1 for the first. */
  readonly attempt: number;
  /** Its place among the messages of all lanes; undefined where the bus keeps no such order. */
  readonly place?: BusPlace;
  ack(): void;
  /** Asks for it again after `delayMs`. */
  nak(delayMs: number): void;
};

export type ConsumeOptions = {
  readonly consumer: string;
  readonly subjects: readonly string[];
  /**
   * The version of each subject that the consumer has, in the order of `subjects`: what is not
   * newer may be left out. Nothing is left out when this is.
   */
  readonly after?: readonly number[];
  /** Deliveries that are neither acknowledged nor asked for again. */
  readonly pendingMax: number;
  /** Must not throw. */
  readonly deliver: (delivery: Delivery) => void;
  /**
   * Called when deliveries begin, and when they begin again, by a bus that has places: up to this
   * one the consumer has everything that it asked for. From there on places come in order; a lower
   * one is a repeat.
   */
  readonly begins?: (place: BusPlace) => void;
};

export type Bus = {
  /**
   * Resolves when the bus has it; the same id again within its memory is the same message.
   * @throws when that is not known; publish the same message again
   */
  publish(message: BusMessage): Promise<void>;
  /**
   * Durable by the consumer's own position, not the bus's: delivery starts with what the bus still
   * holds. At least once, per subject in order unless asked for again; what comes off a wire and
   * fails its hash is not delivered.
   * @returns stops the deliveries
   */
  consume(options: ConsumeOptions): () => void;
  /** Id of the last message on a subject, if the bus still knows. */
  lastId(subject: string): Promise<string | undefined>;
  /**
   * Names the life of what the bus holds: another one after it was lost, and what it held is then
   * in the log alone. Undefined where it ends with those who follow it.
   *
   * @param ageMsMax how long ago it may have been looked at; now, where left out
   */
  life(ageMsMax?: number): Promise<string | undefined>;
};

export const logSubject = ({ context, lane }: LaneId): string =>
  `log.${context}.${String(lane).padStart(2, '0')}`;

/** With the context: commits of two contexts must not swallow each other. */
export const messageId = ({ context, lane }: LaneId, version: number): string =>
  `${context}:${lane}:${version}`;

/** The version in a message's id; 0 for an id that `messageId` did not make. */
export function versionOfMessage(id: string | undefined): number {
  const version = Number(id?.slice(id.lastIndexOf(':') + 1));
  return Number.isSafeInteger(version) ? version : 0;
}
