/**
 * The port to the streams that are not logs (DESIGN 3): EVT, public business events for partners
 * and adapters, and DLQ, what was set aside. At least once; the id is the same on every repeat.
 */

export type AnnouncedOn = 'EVT' | 'DLQ';

export type Announcement = {
  /** `evt.<context>.<lane>.<event name>` or `dlq.<consumer>.<lane>`. */
  readonly subject: string;
  readonly id: string;
  /** CloudEvents 1.0, structured JSON. */
  readonly body: string;
};

export type Announcer = {
  /**
   * Resolves when the stream has all of them, in this order.
   * @throws StreamFull when there is no room for one of them
   * @throws when it is not known which of them the stream has; announce them all again
   */
  announce(on: AnnouncedOn, announcements: readonly Announcement[]): Promise<void>;
};

/** Nothing is lost: it is announced again when there is room. */
export class StreamFull extends Error {
  override readonly name = 'StreamFull';

  constructor(stream: string, where: string, options?: ErrorOptions) {
    const fix = 'take out what has been dealt with, or raise its limit';
    super(`The stream ${stream} at ${where} is full: ${fix}.`, options);
  }
}

/** Where nobody listens beside the process itself. */
export const silentAnnouncer: Announcer = { announce: async () => {} };
