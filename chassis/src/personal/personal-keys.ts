/**
 * The port to the keys of personal data: one for each subject, kept outside the log. Events carry
 * ciphertext only; forgetting a subject destroys its key, and the log, its chain and its backups
 * need not change (DESIGN 5).
 */

/** 32 bytes for AES-256. */
export type PersonalKey = Uint8Array;

export type PersonalKeys = {
  /** A new key, durable when this resolves; the one there is when the subject has one. */
  create(subject: string): Promise<PersonalKey>;
  /** undefined when the subject never had one or is forgotten. */
  find(subject: string): Promise<PersonalKey | undefined>;
  /** Destroys the key; what it sealed cannot be read any more. Again: nothing happens. */
  forget(subject: string): Promise<void>;
};

/** Random bytes, so that a simulation can say which. */
export type RandomBytes = (count: number) => Uint8Array;
