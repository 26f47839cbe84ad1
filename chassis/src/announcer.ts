/**
 * The port to the streams that are not logs (DESIGN 3): EVT, public business events for partners
 * and adapters, and DLQ, what was set aside. At least once; the id is the same on every repeat.
 */

export type Announcement = {
  readonly stream: 'EVT' | 'DLQ';
  /** `evt.<context>.<lane>.<event name>` or `dlq.<consumer>.<lane>`. */
  readonly subject: string;
  readonly id: string;
  /** CloudEvents 1.0, structured JSON. */
  readonly body: string;
};

export type Announcer = {
  /** Resolves when the stream has it. @throws when that is not known; announce it again */
  announce(announcement: Announcement): Promise<void>;
};

/** Where nobody listens beside the process itself. */
export const silentAnnouncer: Announcer = { announce: async () => {} };
