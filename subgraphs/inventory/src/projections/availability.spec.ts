import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import type { Recorded } from '@holdfast/chassis/commit';
import { defaultChannel } from '@holdfast/schema/identifiers';
import { describe, it } from 'vitest';
import { emptyCatalog, evolveCatalog } from '../catalog/catalog.ts';
import {
  channelCode,
  channelSaved,
  classSaved,
  locationCode,
  locationSaved,
  paris,
  stores,
} from '../catalog/given.ts';
import {
  holdEnds,
  itemSaved,
  lost,
  mug,
  received,
  reserved,
  seconds,
  t0,
  tee,
} from '../stock/given.ts';
import { emptyStock, evolveStock, stockKind } from '../stock/stock.ts';
import {
  type Availability,
  type AvailabilityDocument,
  availabilityOf,
  availabilityProjection,
  catalogCollection,
  knownAvailability,
  type StockDocument,
  stockCollection,
  unanswered,
} from './availability.ts';

type CatalogFact = ReturnType<typeof locationSaved>;
type StockFact = ReturnType<typeof itemSaved>;

const catalogOf = (...facts: readonly CatalogFact[]) =>
  [...stores, ...facts].reduce((known, { event }) => evolveCatalog(known, event), emptyCatalog());
const stockOf = (...facts: readonly StockFact[]) =>
  facts.reduce((stock, { event }) => evolveStock(stock, event, { at: t0 }), emptyStock(tee));
const item = itemSaved(tee);
const promised = (facts: readonly StockFact[], catalog = catalogOf(), now = t0) =>
  availabilityOf(stockOf(...facts), catalog, defaultChannel, now);

const promisedUnits = (answer: Availability | undefined) => answer?.availableToPromise;

describe('the figure', () => {
  it('is the sum over the locations, with version and moment', () =>
    deepStrictEqual(promised([item, received(10), received(4, { at: paris })]), {
      ...{ sku: tee, channel: defaultChannel, status: 'IN_STOCK', availableToPromise: 14 },
      byLocation: [
        { location: 'BER', status: 'IN_STOCK', availableToPromise: 10 },
        { location: 'PAR', status: 'LOW_STOCK', availableToPromise: 4 },
      ],
      version: 3 + 2,
    }));

  it('takes no shortfall of one location from another', () =>
    deepStrictEqual(
      promised([...[item, received(6), reserved('R1', 6), lost(5)], received(4, { at: paris })])
        ?.availableToPromise,
      4,
    ));

  it('leaves the safety stock of each location', () => {
    const careful = catalogOf(classSaved('careful', { safetyStock: 5 }));
    const facts = [itemSaved(tee, 'careful'), received(10), received(4, { at: paris })];
    deepStrictEqual(
      promised(facts, careful)?.byLocation.map((each) => each.availableToPromise),
      [...[5, 0]],
    );
  });

  it('counts a hold until its end, swept or not', () => {
    const facts = [item, received(6), reserved('R1', 4)];
    deepStrictEqual(promised(facts, catalogOf(), holdEnds - 1)?.availableToPromise, 2);
    deepStrictEqual(promised(facts, catalogOf(), holdEnds)?.availableToPromise, 6);
  });

  it('keeps to the channel, in its order', () => {
    const web = catalogOf(channelSaved('web', paris));
    const stock = stockOf(item, received(10), received(4, { at: paris }));
    const shown = availabilityOf(stock, web, channelCode('web'), t0);
    deepStrictEqual([shown?.availableToPromise, shown?.byLocation.length], [4, 1]);
  });

  it('does not show where the SKU never was', () => {
    const wide = catalogOf(locationSaved(locationCode('OSL')));
    deepStrictEqual(promised([item, received(1)], wide)?.byLocation.length, 1);
  });

  it.each([
    ['a SKU that nobody has put', [received(1)], defaultChannel],
    ['a channel that nobody has put', [item, received(1)], channelCode('ghost')],
  ])('is none of %s', (_, facts, channel) =>
    deepStrictEqual(availabilityOf(stockOf(...facts), catalogOf(), channel, t0), undefined),
  );
});

describe('the status', () => {
  const catalog = catalogOf(
    classSaved('low', { lowStockAt: 3 }),
    classSaved('patient', {
      ...{ backorder: 'UNLIMITED', lowStockAt: 0 },
    }),
  );
  const statusOf = (productClass: string, count: number) =>
    promised([itemSaved(tee, productClass), received(10), lost(10 - count)], catalog)?.status;

  it.each([
    ['low', 4, 'IN_STOCK'],
    ['low', 3, 'LOW_STOCK'],
    ['low', 1, 'LOW_STOCK'],
    ['low', 0, 'OUT_OF_STOCK'],
    ['patient', 1, 'IN_STOCK'],
    ['patient', 0, 'BACKORDER'],
    ['default', 6, 'IN_STOCK'],
    ['default', 5, 'LOW_STOCK'],
  ])('of class %s with %i units is %s', (productClass, count, status) =>
    deepStrictEqual(statusOf(productClass, count), status),
  );
});

describe('the version', () => {
  const versionOf = (facts: readonly StockFact[], ...more: readonly CatalogFact[]) =>
    promised(facts, catalogOf(...more))?.version ?? 0;

  it('grows with each fact of the SKU', () =>
    deepStrictEqual(versionOf([item, received(1)]) - versionOf([item]), 1));

  it('grows with the catalog', () =>
    deepStrictEqual(versionOf([item], classSaved('new')) - versionOf([item]), 1));
});

describe('an answer that was given before', () => {
  const web = channelCode('web');
  const world = () => {
    const catalog = catalogOf(channelSaved('web', paris));
    const stock = stockOf(item, received(6), received(4, { at: paris }), reserved('R1', 4));
    const document: StockDocument = { stock, position: 1, ...unanswered };
    const asked = (now = t0, channel = defaultChannel) => {
      const answer = knownAvailability(document, catalog, channel, now);
      deepStrictEqual(answer, availabilityOf(stock, catalog, channel, now));
      return answer;
    };
    return { catalog, stock, asked };
  };

  it('is given again until something has changed', () => {
    const { asked } = world();
    strictEqual(asked(holdEnds - 1), asked());
  });

  it('is not given after another fact, also not to who holds the document', () => {
    const { asked, stock } = world();
    deepStrictEqual(asked()?.availableToPromise, 6);
    evolveStock(stock, received(1).event, { at: t0 });
    deepStrictEqual(asked()?.availableToPromise, 7);
  });

  it('is not given after a change of the catalog', () => {
    const { asked, catalog } = world();
    asked();
    evolveCatalog(catalog, classSaved('default', { safetyStock: 1 }).event);
    deepStrictEqual(asked()?.availableToPromise, 4);
  });

  it('is not given in another channel', () => {
    const { asked } = world();
    deepStrictEqual([asked(), asked(t0, web), asked()].map(promisedUnits), [6, 4, 6]);
  });

  it('is not given once a hold has ended, nor to a clock that is set back before its end', () => {
    const { asked } = world();
    const moments = [t0, holdEnds, holdEnds + 1, holdEnds - 1];
    deepStrictEqual(
      moments.map((now) => promisedUnits(asked(now))),
      [6, 10, 10, 6],
    );
  });
});

describe('the projection', () => {
  const recorded = (version: number, { stream, event }: CatalogFact | StockFact): Recorded => ({
    ...{ event, stream, version, index: 0, at: t0, command: undefined },
    id: `inventory:0:${version}:0`,
  });
  const fold = (...facts: readonly (CatalogFact | StockFact)[]) => {
    const documents = new Map<string, AvailabilityDocument>();
    facts.forEach((fact, index) => {
      const entry = recorded(index + 1, fact);
      for (const key of availabilityProjection.keysOf(entry)) {
        const name = `${key.collection}/${key.id}`;
        documents.set(
          name,
          availabilityProjection.evolve(documents.get(name), entry, key, index + 1),
        );
      }
    });
    return documents;
  };

  it('has a document for each SKU and one for the catalog', () =>
    deepStrictEqual(
      [...fold(...stores, item, itemSaved(mug), received(1)).keys()],
      [`${catalogCollection}/all`, `${stockCollection}/TEE`, `${stockCollection}/MUG`],
    ));

  it('folds as the owner does', () => {
    const document = fold(item, received(3)).get(`${stockCollection}/TEE`);
    deepStrictEqual(document && 'stock' in document && document.stock, stockOf(item, received(3)));
  });

  it('is told nothing by claims and buyers', () =>
    deepStrictEqual(
      availabilityProjection.keysOf(recorded(1, { ...item, stream: 'claim/res_1' })),
      [],
    ));

  it('written down and read again is the same', () => {
    const { encode, decode } = availabilityProjection.text;
    const ends = t0 + seconds(1);
    for (const document of fold(
      ...stores,
      item,
      received(3),
      reserved('R1', 1, { ends }),
    ).values()) {
      deepStrictEqual(decode(encode(document)), document);
    }
    deepStrictEqual(stockKind.decode(stockKind.encode(stockOf(item))), stockOf(item));
  });
});
