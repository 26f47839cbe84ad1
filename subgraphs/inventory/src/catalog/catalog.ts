import { unreachable } from '@holdfast/chassis/decider';
import type { StreamKind } from '@holdfast/chassis/stream-kind';
import {
  type ChannelCode,
  type ClassCode,
  defaultChannel,
  defaultClass,
  type LocationCode,
} from '@holdfast/schema/identifiers';
import type { CatalogEvent, ClassRules } from './events.ts';

export type Location = {
  readonly id: string;
  readonly code: LocationCode;
  readonly name: string;
  readonly timeZone: string;
};

export type Channel = {
  readonly code: ChannelCode;
  readonly name: string;
  /** In the order of preference. */
  readonly locations: readonly LocationCode[];
};

export type Catalog = {
  /** Grows with every change; part of each availability's version. */
  version: number;
  readonly locations: Map<LocationCode, Location>;
  /** All locations, oldest first. */
  readonly everywhere: LocationCode[];
  readonly channels: Map<ChannelCode, Channel>;
  readonly classes: Map<ClassCode, ClassRules>;
};

/** contract.graphql, PutProductClassInput: the class `default` always exists. */
export const defaultRules: ClassRules = {
  mode: 'RESERVATION',
  holdSeconds: 900,
  holdSecondsMax: 1_800,
  paymentGraceSeconds: 900,
  backorder: 'NONE',
  safetyStock: 0,
  lowStockAt: 5,
};

export const emptyCatalog = (): Catalog => ({
  version: 0,
  locations: new Map(),
  everywhere: [],
  channels: new Map(),
  classes: new Map([[defaultClass, defaultRules]]),
});

export function evolveCatalog(catalog: Catalog, event: CatalogEvent): Catalog {
  catalog.version += 1;
  switch (event.type) {
    case 'LocationSaved': {
      const { id, code, name, timeZone } = event;
      if (!catalog.locations.has(code)) catalog.everywhere.push(code);
      catalog.locations.set(code, { id, code, name, timeZone });
      return catalog;
    }
    case 'ChannelSaved': {
      const { code, name, locations } = event;
      catalog.channels.set(code, { code, name, locations });
      return catalog;
    }
    case 'ClassSaved':
      catalog.classes.set(event.code, event.rules);
      return catalog;
    default:
      return unreachable(event);
  }
}

/**
 * The channel's locations in order of preference; the default channel holds every location, oldest
 * first.
 */
export function locationsOf(
  catalog: Catalog,
  code: ChannelCode,
): readonly LocationCode[] | undefined {
  if (code === defaultChannel) return catalog.everywhere;
  return catalog.channels.get(code)?.locations;
}

export const rulesOf = (catalog: Catalog, code: ClassCode): ClassRules =>
  catalog.classes.get(code) ?? defaultRules;

type CatalogText = {
  readonly version: number;
  readonly locations: readonly Location[];
  readonly channels: readonly Channel[];
  readonly classes: readonly (readonly [ClassCode, ClassRules])[];
};

/** The one stream of master data; every decision looks at it. */
export const catalogKind: StreamKind<Catalog, CatalogEvent> = {
  prefix: 'catalog',
  initial: emptyCatalog,
  evolve: evolveCatalog,
  encode: ({ version, locations, channels, classes }) =>
    JSON.stringify({
      version,
      locations: [...locations.values()],
      channels: [...channels.values()],
      classes: [...classes],
    } satisfies CatalogText),
  decode: (text) => {
    const { version, locations, channels, classes } = JSON.parse(text) as CatalogText;
    return {
      version,
      locations: new Map(locations.map((location) => [location.code, location])),
      everywhere: locations.map(({ code }) => code),
      channels: new Map(channels.map((channel) => [channel.code, channel])),
      classes: new Map(classes),
    };
  },
};

export const catalogId = 'all';
export const catalogStream = `${catalogKind.prefix}/${catalogId}`;
