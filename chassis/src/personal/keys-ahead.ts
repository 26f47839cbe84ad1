/**
 * Keys of personal data that are durable before anybody needs them: many are one write, and who
 * seals waits for none. What is left over at an end seals nothing.
 */
import type { PersonalKey, PersonalKeys } from './personal-keys.ts';

export type NewKey = { readonly subject: string; readonly key: PersonalKey };

export type KeysAhead = {
  /** The key of a subject that nobody else is given, durable. @throws when it cannot be made */
  take(): Promise<NewKey>;
};

const aheadMax = 64;
/** So that some are left while more are made. */
const makeMoreAt = 32;

export function keysAhead({
  keys,
  newSubject,
}: {
  readonly keys: Pick<PersonalKeys, 'create'>;
  readonly newSubject: () => string;
}): KeysAhead {
  const ahead: NewKey[] = [];
  let isMaking = false;

  const make = async (): Promise<NewKey> => {
    const subject = newSubject();
    return { subject, key: await keys.create(subject) };
  };

  const makeMore = async () => {
    if (isMaking || ahead.length > makeMoreAt) return;
    isMaking = true;
    const making = Array.from({ length: aheadMax - ahead.length }, make);
    // Who finds none makes one, and hears why it cannot be made.
    for (const made of await Promise.allSettled(making)) {
      if (made.status === 'fulfilled') ahead.push(made.value);
    }
    isMaking = false;
  };

  return {
    async take() {
      const first = ahead.shift();
      void makeMore();
      return first ?? make();
    },
  };
}
