import { deepStrictEqual } from 'node:assert/strict';
import { specify } from '@holdfast/chassis/specification';
import type { View } from '@holdfast/chassis/stream-kind';
import { defaultChannel, defaultClass } from '@holdfast/schema/identifiers';
import { describe, it } from 'vitest';
import {
  catalogId,
  catalogKind,
  catalogStream,
  defaultRules,
  emptyCatalog,
  evolveCatalog,
  locationsOf,
  rulesOf,
} from './catalog.ts';
import {
  type CatalogCommand,
  type CatalogDecision,
  type PutChannel,
  type PutLocation,
  type PutProductClass,
  putChannel,
  putLocation,
  putProductClass,
} from './decide.ts';
import {
  berlin,
  channelCode,
  channelSaved,
  classCode,
  classSaved,
  locationCode,
  locationSaved,
  paris,
  stores,
} from './given.ts';

const decide = (command: CatalogCommand, view: View): CatalogDecision => {
  const catalog = view.get(catalogKind, catalogId);
  if (command.type === 'PutLocation') return putLocation(command, catalog);
  if (command.type === 'PutChannel') return putChannel(command, catalog);
  return putProductClass(command, catalog);
};
const catalog = specify({ kinds: [catalogKind], decide, at: 0 });
const fact = ({ stream, event }: ReturnType<typeof locationSaved>) => [{ stream, events: [event] }];

describe('a location', () => {
  const put = (name: string): PutLocation => ({
    ...{ type: 'PutLocation', newId: 'loc_BER', code: berlin, name, timeZone: 'UTC' },
  });

  it('gets the id that it came with', () =>
    catalog.when(put('BER store')).then(fact(locationSaved(berlin)), { id: 'BER', version: 1 }));

  it('keeps its id under another name', () =>
    catalog
      .given(...stores)
      .when({ ...put('Mitte'), newId: 'loc_other' })
      .then(fact(locationSaved(berlin, 'Mitte')), { id: 'BER', version: 3 }));

  it('is nothing new with the same content', () =>
    catalog
      .given(...stores)
      .when({ ...put('BER store'), newId: 'loc_other' })
      .thenNothing());
});

describe('a channel', () => {
  const put = (code: string, ...locations: PutChannel['locations']): PutChannel => ({
    ...{ type: 'PutChannel', code: channelCode(code), name: code, locations },
  });

  it('has its locations in order of preference', () =>
    catalog
      .given(...stores)
      .when(put('web', paris, berlin))
      .then(fact(channelSaved('web', paris, berlin)), { id: 'web', version: 3 }));

  it('may have no location', () => catalog.when(put('web')).then(fact(channelSaved('web'))));

  it('is another one in another order', () =>
    catalog
      .given(...stores, channelSaved('web', paris, berlin))
      .when(put('web', berlin, paris))
      .then(fact(channelSaved('web', berlin, paris))));

  it('is nothing new with the same content', () =>
    catalog
      .given(...stores, channelSaved('web', paris))
      .when(put('web', paris))
      .thenNothing());

  it('refuses the first location that does not exist', () =>
    catalog
      .given(...stores)
      .when(put('web', paris, locationCode('MARS')))
      .thenRejected({ type: 'NotFound', path: ['locationCodes', '1'], notKept: true }));

  it('refuses to change the default, also with locations that do not exist', () =>
    catalog.when(put(defaultChannel, paris)).thenRejected({
      ...{ type: 'NotAllowed', path: ['code'] },
      reason: 'the channel `default` always holds every location',
    }));
});

describe('a product class', () => {
  const put = (code: string, more: Partial<PutProductClass['rules']> = {}): PutProductClass => ({
    ...{ type: 'PutProductClass', code: classCode(code), rules: { ...defaultRules, ...more } },
  });

  it('says how its products are promised', () =>
    catalog
      .when(put('made', { mode: 'ALLOCATION', safetyStock: 2 }))
      .then(fact(classSaved('made', { mode: 'ALLOCATION', safetyStock: 2 })), {
        ...{ id: 'made', version: 1 },
      }));

  it('is nothing new with the same content', () =>
    catalog
      .given(classSaved('made', { lowStockAt: 1 }))
      .when(put('made', { lowStockAt: 1 }))
      .thenNothing());

  it('the default exists already', () => catalog.when(put(defaultClass)).thenNothing());

  it('cannot wait for a supply that nobody dates', () =>
    catalog.when(put('made', { backorder: 'AGAINST_SUPPLY' })).thenRejected({
      ...{ type: 'NotAllowed', path: ['backorder'] },
      reason: 'there is no dated supply yet; choose NONE or UNLIMITED',
    }));
});

describe('the catalog', () => {
  const folded = () =>
    [...stores, channelSaved('web', paris), classSaved('made')].reduce(
      (known, { event }) => evolveCatalog(known, event),
      emptyCatalog(),
    );

  it('holds every location in the default channel, oldest first', () =>
    deepStrictEqual(
      [locationsOf(folded(), defaultChannel), locationsOf(folded(), channelCode('web'))],
      [[berlin, paris], [paris]],
    ));

  it('knows no other channel', () =>
    deepStrictEqual(locationsOf(folded(), channelCode('ghost')), undefined));

  it('promises by the default rules what has no class of its own', () =>
    deepStrictEqual(rulesOf(folded(), classCode('ghost')), defaultRules));

  it('written down and read again is the same', () =>
    deepStrictEqual(catalogKind.decode(catalogKind.encode(folded())), folded()));

  it('is one stream', () => deepStrictEqual(catalogStream, 'catalog/all'));
});
