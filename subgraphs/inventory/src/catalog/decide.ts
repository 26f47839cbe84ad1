import { accept, type Decision, reject } from '@holdfast/chassis/decider';
import {
  type ChannelCode,
  type ClassCode,
  defaultChannel,
  type LocationCode,
} from '@holdfast/schema/identifiers';
import type { Catalog } from './catalog.ts';
import { catalogStream } from './catalog.ts';
import type { BackorderPolicy, CatalogEvent, ClassRules } from './events.ts';

export type PutLocation = {
  readonly type: 'PutLocation';
  /** Given to a location that is new. */
  readonly newId: string;
  readonly code: LocationCode;
  readonly name: string;
  readonly timeZone: string;
};

export type PutChannel = {
  readonly type: 'PutChannel';
  readonly code: ChannelCode;
  readonly name: string;
  readonly locations: readonly LocationCode[];
};

export type PutProductClass = {
  readonly type: 'PutProductClass';
  readonly code: ClassCode;
  readonly rules: Omit<ClassRules, 'backorder'> & {
    readonly backorder: BackorderPolicy | 'AGAINST_SUPPLY';
  };
};

export type CatalogCommand = PutLocation | PutChannel | PutProductClass;

/** In order of precedence. */
export type CatalogRejection =
  | { readonly type: 'NotAllowed'; readonly path: readonly string[]; readonly reason: string }
  | { readonly type: 'NotFound'; readonly path: readonly string[]; readonly notKept: true };

export type CatalogAnswer = { readonly id: string; readonly version: number };

export type CatalogDecision = Decision<CatalogEvent, CatalogAnswer, CatalogRejection>;

/** Saved, or already so: the same content again changes nothing. */
function save(catalog: Catalog, id: string, event: CatalogEvent, known: unknown): CatalogDecision {
  const { type: _, ...content } = event;
  if (JSON.stringify(known) === JSON.stringify(content)) {
    return accept([], { id, version: catalog.version });
  }
  const changes = [{ stream: catalogStream, events: [event] }];
  return accept(changes, { id, version: catalog.version + 1 });
}

export const putLocation = (command: PutLocation, catalog: Catalog): CatalogDecision => {
  const { code, name, timeZone } = command;
  const known = catalog.locations.get(code);
  const id = known?.id ?? command.newId;
  return save(catalog, code, { type: 'LocationSaved', id, code, name, timeZone }, known);
};

export const putChannel = (command: PutChannel, catalog: Catalog): CatalogDecision => {
  const { code, name, locations } = command;
  if (code === defaultChannel) {
    const reason = 'the channel `default` always holds every location';
    return reject({ type: 'NotAllowed', path: ['code'], reason });
  }
  const unknown = locations.findIndex((location) => !catalog.locations.has(location));
  if (unknown >= 0) {
    return reject({ type: 'NotFound', path: ['locationCodes', String(unknown)], notKept: true });
  }
  const event: CatalogEvent = { type: 'ChannelSaved', code, name, locations };
  return save(catalog, code, event, catalog.channels.get(code));
};

export const putProductClass = (command: PutProductClass, catalog: Catalog): CatalogDecision => {
  const { code, rules } = command;
  const { backorder } = rules;
  if (backorder === 'AGAINST_SUPPLY') {
    const reason = 'there is no dated supply yet; choose NONE or UNLIMITED';
    return reject({ type: 'NotAllowed', path: ['backorder'], reason });
  }
  const known = catalog.classes.get(code);
  const event: CatalogEvent = { type: 'ClassSaved', code, rules: { ...rules, backorder } };
  return save(catalog, code, event, known && { code, rules: known });
};
