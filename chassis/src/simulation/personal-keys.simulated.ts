import type { PersonalKey, PersonalKeys } from '../personal/personal-keys.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import type { World } from './world.ts';

export type SimulatedKeyStore = {
  of(process: SimulatedProcess): PersonalKeys;
  has(subject: string): boolean;
};

const keyBytes = 32;

export function simulatedKeyStore(world: World): SimulatedKeyStore {
  const keys = new Map<string, PersonalKey>();

  const newKey = (): PersonalKey =>
    Uint8Array.from({ length: keyBytes }, () => world.random.between(0, 255));

  const createOnce = (subject: string): PersonalKey => {
    const key = keys.get(subject) ?? newKey();
    keys.set(subject, key);
    return key;
  };

  return {
    has: (subject) => keys.has(subject),
    of: (process) => ({
      create: (subject) =>
        process.call({
          what: () => `create the key of ${subject}`,
          effect: () => createOnce(subject),
          changes: true,
        }),
      find: (subject) =>
        process.call({
          what: () => `find the key of ${subject}`,
          effect: () => keys.get(subject),
          changes: false,
        }),
      forget: (subject) =>
        process.call({
          what: () => `forget the key of ${subject}`,
          effect: () => void keys.delete(subject),
          changes: true,
        }),
    }),
  };
}
