/**
 * Figures as the API shows them: whole numbers that fit, capped where the caller may not know more.
 */

import type { LocationCode } from '@holdfast/schema/identifiers';
import { type StockCondition, shownUnits, stockConditions } from '@holdfast/schema/quantities';
import { type Catalog, rulesOf } from '../catalog/catalog.ts';
import { type Reservation, statusOf } from '../claim/claim.ts';
import type { ReservationAnswer } from '../claim/reserve.ts';
import type { Availability } from '../projections/availability.ts';
import { heldUnits } from '../stock/holds.ts';
import {
  availableToPromise,
  emptyPosition,
  inCondition,
  onHandUnits,
  type Position,
  shortfallUnits,
} from '../stock/position.ts';
import type { Stock } from '../stock/stock.ts';
import type { InventoryContext } from './context.ts';

export const instant = (at: number): string => new Date(at).toISOString();

/** A reference that the catalog completes; a location is never forgotten, so it always finds it. */
export const shownLocation = (catalog: Catalog, code: LocationCode) => {
  const known = catalog.locations.get(code);
  return { id: known?.id ?? code, code, name: known?.name ?? code };
};

const lastShown = { at: Number.NaN, text: '' };

/** One look shows many figures of the same moment, and writing it costs as much as the figure. */
function sameInstant(at: number): string {
  if (lastShown.at !== at) Object.assign(lastShown, { at, text: instant(at) });
  return lastShown.text;
}

/** Its item and its locations are made for those who ask: most look at the sum alone. */
export function shownAvailability(
  { sku, channel, status, version, byLocation, availableToPromise }: Availability,
  asOf: number,
  { cap }: InventoryContext,
) {
  return {
    __typename: 'Availability' as const,
    sku,
    channel,
    status,
    version,
    asOf: sameInstant(asOf),
    nextSupply: null,
    availableToPromise: Math.min(shownUnits(availableToPromise), cap),
    byLocation,
  };
}

export function shownLocations(
  { byLocation }: Pick<Availability, 'byLocation'>,
  _: unknown,
  context: InventoryContext,
) {
  const isPublic = context.caller.role === 'storefront';
  const catalog = context.reads.catalog();
  return byLocation.map(({ location, status, availableToPromise }) => ({
    location: shownLocation(catalog, location),
    status,
    availableToPromise: isPublic ? null : shownUnits(availableToPromise),
  }));
}

export function shownPosition(stock: Stock, code: LocationCode, catalog: Catalog, now: number) {
  const position: Position = stock.positions.get(code) ?? emptyPosition();
  const { safetyStock } = rulesOf(catalog, stock.productClass);
  const quantityOf = (condition: StockCondition) => inCondition(position, condition);
  return {
    sku: stock.sku,
    location: shownLocation(catalog, code),
    onHand: shownUnits(onHandUnits(position)),
    sellable: shownUnits(quantityOf('SELLABLE')),
    reserved: shownUnits(heldUnits(position.holds, now)),
    allocated: shownUnits(position.allocated),
    picked: shownUnits(position.picked),
    safetyStock,
    shortfall: shownUnits(shortfallUnits(position, now)),
    availableToPromise: shownUnits(availableToPromise(position, safetyStock, now)),
    conditions: stockConditions
      .filter((condition) => quantityOf(condition) > 0)
      .map((condition) => ({ condition, quantity: shownUnits(quantityOf(condition)) })),
    version: stock.version,
  };
}

/**
 * @param decided what the command itself decided: shown as at first, also when the reservation has
 *   moved on since
 */
export function shownReservation(
  reservation: Reservation,
  catalog: Catalog,
  now: number,
  decided: Omit<ReservationAnswer, 'claim'> = reservation,
) {
  return {
    __typename: 'Reservation' as const,
    id: reservation.claim,
    status: statusOf(reservation, now),
    channel: reservation.channel,
    lines: reservation.lines.map(({ sku, location, units }) => ({
      ...{ sku, quantity: shownUnits(units), location: shownLocation(catalog, location) },
    })),
    expiresAt: instant(decided.expiresAt),
    version: decided.version,
  };
}
