/**
 * One row of a stock file: what the file wrote, and the count that it becomes or the reason why
 * not.
 */
import {
  type ClassCode,
  isText,
  type LocationCode,
  parseClassCode,
  parseLocationCode,
  parseSku,
  type Sku,
} from '@holdfast/schema/identifiers';
import {
  parseUnitsOrZero,
  requestedUnitsMax,
  type StockCondition,
  stockConditions,
  type Units,
} from '@holdfast/schema/quantities';

/**
 * Says: so many units of the SKU are at the location in this condition. A count, not a movement.
 */
export type CountedRow = {
  readonly type: 'counted';
  /** From 1; where the row begins in the file. */
  readonly line: number;
  readonly sku: Sku;
  readonly location: LocationCode;
  readonly quantity: Units;
  readonly condition: StockCondition;
  /**
   * Conditions in which, by the same row, there is nothing: to be counted 0 where Holdfast has
   * units in them, or units that changed their condition would be there twice.
   */
  readonly noneIn: readonly StockCondition[];
  readonly name: string | undefined;
  readonly productClass: ClassCode | undefined;
};

export type RefusedRow = {
  readonly type: 'refused';
  readonly line: number;
  /** One sentence for the person whose file it is, with the file's own words. */
  readonly reason: string;
};

export type StockFileRow = CountedRow | RefusedRow;

/** A row as its format wrote it: strings from CSV, anything from JSON, undefined where empty. */
export type WrittenRow = {
  readonly sku: unknown;
  readonly location: unknown;
  readonly quantity: unknown;
  /** A condition of ours, or the words of the provider that are none. */
  readonly condition: unknown;
  readonly noneIn: readonly StockCondition[];
  readonly name: unknown;
  readonly productClass: unknown;
  readonly supplyEta: unknown;
};

const nameLengthMax = 200; // INTERFACE "texts"

/** The file's own words; JSON has none for a number that is too large for it. */
const quote = (value: unknown): string =>
  typeof value === 'number' ? String(value) : JSON.stringify(value);

/** Codes are often numbers in JSON; anything else is no text. */
const textOf = (value: unknown): string | undefined => {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : undefined;
};

/** Empty text keeps the parsers strict: nobody has an empty code. */
const codeOf = <Code>(value: unknown, parse: (text: string) => Code | undefined) =>
  parse(textOf(value) ?? '');

const codeRule = '1 to 64 characters, no control character, no blank at either end';

const notCode = (field: string, value: unknown): string =>
  value === undefined ? `${field} is empty` : `${field} ${quote(value)} is no code: ${codeRule}`;

// Adobe Commerce writes whole units as 10.0000.
const wholeNumber = /^(\d+)(\.0*)?$/;

/** What is wrong with a quantity, or the units that it says. */
function parseQuantity(written: unknown): Units | string {
  if (written === undefined) return 'quantity is empty';
  const text = textOf(written)?.trim() ?? '';
  const whole = wholeNumber.exec(text)?.[1];
  if (whole !== undefined) {
    const units = parseUnitsOrZero(Number(whole));
    return units ?? `quantity ${quote(written)} is above ${requestedUnitsMax}`;
  }
  if (/^-\d/.test(text)) return `quantity ${quote(written)} is below zero`;
  if (/^\d+\.\d+$/.test(text)) return `quantity ${quote(written)} is not whole`;
  return `quantity ${quote(written)} is no number of units`;
}

const isCondition = (text: string): text is StockCondition =>
  (stockConditions as readonly string[]).includes(text);

function parseCondition(written: unknown): StockCondition | undefined {
  const text =
    textOf(written ?? 'SELLABLE')
      ?.trim()
      .toUpperCase() ?? '';
  return isCondition(text) ? text : undefined;
}

function parseName(written: unknown): string | undefined {
  const text = textOf(written) ?? '';
  return isText(text, nameLengthMax) ? text : undefined;
}

/** @param elsewhere the location of rows that name none, if the person who imports has said one */
export function parseRow(
  line: number,
  written: WrittenRow,
  elsewhere: LocationCode | undefined,
): StockFileRow {
  const refused = (reason: string): RefusedRow => ({ type: 'refused', line, reason });
  const { noneIn } = written;

  const sku = codeOf(written.sku, parseSku);
  if (!sku) return refused(notCode('sku', written.sku));

  if (written.location === undefined && !elsewhere) {
    return refused('location is empty; say which one it is with --location CODE');
  }
  const location =
    written.location === undefined ? elsewhere : codeOf(written.location, parseLocationCode);
  if (!location) return refused(notCode('location', written.location));

  // Units that are on their way are not there to be counted, and must not be promised.
  if (written.supplyEta !== undefined) {
    return refused(
      `supply_eta ${quote(written.supplyEta)}: supply that is yet to come cannot be imported`,
    );
  }
  const quantity = parseQuantity(written.quantity);
  if (typeof quantity === 'string') return refused(quantity);

  const condition = parseCondition(written.condition);
  if (!condition) {
    return refused(
      `condition ${quote(written.condition)} is none of ${stockConditions.join(', ')}`,
    );
  }
  const name = parseName(written.name);
  if (written.name !== undefined && name === undefined) {
    return refused(`name ${quote(written.name)} is not 1 to ${nameLengthMax} plain characters`);
  }
  const productClass = codeOf(written.productClass, parseClassCode);
  if (written.productClass !== undefined && !productClass) {
    return refused(notCode('product_class', written.productClass));
  }
  return { type: 'counted', line, sku, location, quantity, condition, noneIn, name, productClass };
}
