import { laneKey } from '../commit.ts';

import { inMemoryReadModel } from '../read-model/read-model.in-memory.ts';
import type { DocumentRow, Position, ReadModel } from '../read-model/read-model.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import type { World } from './world.ts';

export type SimulatedReadModelStore = {
  of(process: SimulatedProcess): ReadModel;
  /** Rows past all faults, for a look at the end. */
  readonly memory: ReadModel;
};

/** Written at once, or in parts when nobody waits; the positions after all documents. */
export function simulatedReadModelStore(world: World): SimulatedReadModelStore {
  const { random } = world;
  const memory = inMemoryReadModel();

  return {
    memory,
    of(process) {
      const look = <Result>(what: string, effect: () => Promise<Result>) =>
        process.call({ what: () => `read ${what}`, effect, changes: false });
      const put = (documents: readonly DocumentRow[], positions: readonly Position[]) =>
        process.call({
          what: () => `write ${documents.length} documents, ${positions.map(named).join(', ')}`,
          effect() {
            if (documents.some(isSetAside)) world.note('events set aside for a later attempt');
            return memory.write(documents, positions);
          },
          changes: true,
        });
      return {
        get: (collection, ids) => look(collection, () => memory.get(collection, ids)),
        range: (collection, range) => look(collection, () => memory.range(collection, range)),
        position: (consumer, lane) =>
          look(`position of ${consumer}`, () => memory.position(consumer, lane)),
        async write(documents, positions, urgency = 'now') {
          if (urgency === 'now') return put(documents, positions);
          const mixed = random.shuffled(documents);
          const middle = random.between(0, mixed.length);
          await Promise.all([put(mixed.slice(0, middle), []), put(mixed.slice(middle), [])]);
          await put([], positions);
        },
        reset: (consumer, collections) =>
          process.call({
            what: () => `reset ${consumer}`,
            effect: () => memory.reset(consumer, collections),
            changes: true,
          }),
      };
    },
  };
}

const isSetAside = ({ collection, body }: DocumentRow): boolean =>
  collection.startsWith('parked.') && body !== undefined;

const named = (position: Position): string =>
  `${position.consumer} at ${laneKey(position)}:${position.version}`;
