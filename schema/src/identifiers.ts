/**
 * The identifiers of the trade, branded so that one cannot stand in for another, each made by one
 * parser. A parser returns undefined for what is no such identifier; the edge turns that into a
 * refusal with the field's path.
 */
import { hash } from 'node:crypto';

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** A stock keeping unit, as the merchant writes it. */
export type Sku = Branded<'Sku'>;
export type LocationCode = Branded<'LocationCode'>;
export type ChannelCode = Branded<'ChannelCode'>;
export type ClassCode = Branded<'ClassCode'>;
/** A claim on stock: a reservation (`res_…`) or the allocation of an order (`alc_…`). */
export type ClaimId = Branded<'ClaimId'>;
export type OrderId = Branded<'OrderId'>;
export type LineId = Branded<'LineId'>;
/** A buyer's secret, hashed with its caller; the secret itself is never kept. */
export type BuyerHash = Branded<'BuyerHash'>;
export type IdempotencyKey = Branded<'IdempotencyKey'>;

export const defaultChannel = 'default' as ChannelCode;
export const defaultClass = 'default' as ClassCode;

const codeLengthMax = 64;
const keyLengthMax = 128;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what the rule forbids
const controlCharacters = /[\u0000-\u001f\u007f-\u009f]/;

/**
 * INTERFACE "texts": 1 to `lengthMax` characters, no control characters, no blank at either end.
 */
export function isText(text: string, lengthMax: number): boolean {
  return (
    text.length >= 1 &&
    text.length <= lengthMax &&
    !controlCharacters.test(text) &&
    text.trim().length === text.length &&
    text.isWellFormed()
  );
}

const parseCode = (text: string): string | undefined =>
  isText(text, codeLengthMax) ? text : undefined;

export const parseSku = (text: string) => parseCode(text) as Sku | undefined;
export const parseLocationCode = (text: string) => parseCode(text) as LocationCode | undefined;
export const parseChannelCode = (text: string) => parseCode(text) as ChannelCode | undefined;
export const parseClassCode = (text: string) => parseCode(text) as ClassCode | undefined;

export const parseIdempotencyKey = (text: string) =>
  (isText(text, keyLengthMax) ? text : undefined) as IdempotencyKey | undefined;

const claimIdShape = /^(res|alc)_[0-9a-f]{32}[0-9a-f]{4}$/;
const orderIdShape = /^ord_[0-9a-f]{32}[0-9a-f]{4}$/;
const lineIdShape = /^lin_[0-9a-f]{32}[0-9a-f]{4}_[1-9][0-9]{0,2}$/;

export const parseClaimId = (text: string) =>
  (claimIdShape.test(text) ? text : undefined) as ClaimId | undefined;
export const parseOrderId = (text: string) =>
  (orderIdShape.test(text) ? text : undefined) as OrderId | undefined;
export const parseLineId = (text: string) =>
  (lineIdShape.test(text) ? text : undefined) as LineId | undefined;

/**
 * The place of a text on the ring of lanes: 16 bits of its hash as 4 hexadecimal digits.
 * Ids end in the place of what they belong to, so that an id names its lane at any lane count.
 */
export function placeOf(text: string): string {
  return hash('sha256', text, 'hex').slice(0, 4);
}

/**
 * The lane of a place. Lanes are ranges of places, so that the lowest place is in the lowest lane
 * at every lane count.
 * @param place 4 hexadecimal digits
 */
export function laneOfPlace(place: string, laneCount: number): number {
  return Math.floor((Number.parseInt(place, 16) * laneCount) / 0x10000);
}

/** The lowest place among SKUs: where a claim over them has its home (DESIGN 4). */
export function homePlace(skus: Iterable<Sku>): string {
  let home = 'ffff';
  for (const sku of skus) {
    const place = placeOf(sku);
    if (place < home) home = place;
  }
  return home;
}

/** Of a caller's idempotency key: an order's home, so that a retry comes to its lane. */
export const placeOfKey = (callerId: string, key: string): string => placeOf(`${callerId}\n${key}`);

/** Of a UUID: 32 hexadecimal digits, as ids have it. */
export const digitsOf = (uuid: string): string => uuid.replaceAll('-', '');

/**
 * Ids are time-ordered (UUID 7) and end in their place; `uuid` comes with the command, never from
 * here.
 */
const idOf = (prefix: string, uuid: string, place: string) => `${prefix}_${digitsOf(uuid)}${place}`;

export const reservationId = (uuid: string, place: string) => idOf('res', uuid, place) as ClaimId;
export const orderId = (uuid: string, place: string) => idOf('ord', uuid, place) as OrderId;

/** In 32 hexadecimal digits: whose key seals what is personal in the order. */
export const uuidOf = (order: OrderId): string => order.slice(4, 36);

/** One allocation an order: derived, so that a repeated request finds the first one. */
export const allocationId = (order: OrderId, place: string) =>
  `alc_${uuidOf(order)}${place}` as ClaimId;

/** @param position from 1, in the order of the request */
export const lineId = (order: OrderId, position: number) =>
  `lin_${order.slice(4)}_${position}` as LineId;

/** The order a line belongs to, read from the line's id. */
export const orderOfLine = (line: LineId) => `ord_${line.slice(4, 40)}` as OrderId;

/** The place that an id ends in. */
export const placeOfId = (id: ClaimId | OrderId): string => id.slice(-4);
