/** The catalog that a process decides by in the lanes beside the catalog's own. */
import { inProcessBus } from '@holdfast/chassis/bus/bus.in-process';
import { inMemoryEventLog } from '@holdfast/chassis/log/event-log.in-memory';
import { addEntry, closeCommit, openCommit } from '@holdfast/chassis/log/open-commit';
import { createProjector, type Projector } from '@holdfast/chassis/projecting/projector';
import { inMemoryReadModel } from '@holdfast/chassis/read-model/read-model.in-memory';
import { scriptedClock } from '@holdfast/chassis/scripted-clock';
import { describe, expect, it } from 'vitest';
import { berlin, locationSaved, paris } from './catalog/given.ts';
import type { Ledger } from './ledger.ts';
import { type AvailabilityDocument, availabilityProjection } from './projections/availability.ts';
import type { StockMovement } from './projections/movements.ts';
import { inventoryReads } from './reads.ts';

const lane = { context: 'inventory', lane: 0 };

function givenLog() {
  const clock = scriptedClock();
  const [log, readModel] = [inMemoryEventLog(), inMemoryReadModel()];
  const open = () => {
    const availability = createProjector<AvailabilityDocument>({
      ...{ projection: availabilityProjection, lanes: [lane], log, readModel, clock },
      bus: inProcessBus({ clock }),
    });
    const none = {} as Projector<StockMovement>;
    return { availability, reads: inventoryReads({} as Ledger, availability, none, clock) };
  };
  const save = async ({ stream, event }: ReturnType<typeof locationSaved>) => {
    const head = await log.head(lane);
    const commit = openCommit(head.version + 1, clock.now());
    addEntry(commit, { stream, events: [event] });
    await log.append(closeCommit(lane, commit, head, `commit-${commit.version}`));
  };
  return { log, open, save };
}

const locationsOf = ({ reads }: { readonly reads: ReturnType<typeof inventoryReads> }) => [
  ...reads.catalog().locations.keys(),
];

describe('the catalog, before a lane is opened', () => {
  it('is seen also by who has not begun to read, and folded it in an earlier life', async () => {
    const { log, open, save } = givenLog();
    await save(locationSaved(berlin));
    const earlier = open();
    await earlier.availability.start();
    await earlier.availability.stop();
    const process = open();
    const seen = process.reads.seesCatalog(log).then(() => locationsOf(process));
    await process.availability.start();
    expect(await seen).toEqual([berlin]);
  });

  it('is never an older one again while it is folded from the beginning', async () => {
    const { log, open, save } = givenLog();
    await save(locationSaved(berlin));
    await save(locationSaved(paris));
    const process = open();
    await process.availability.start();
    await process.reads.start();
    await process.reads.seesCatalog(log);
    const seen: number[] = [];
    process.availability.onApplied(() => void seen.push(locationsOf(process).length));
    await process.availability.rebuild();
    expect(seen).toEqual([2, 2]);
  });
});
