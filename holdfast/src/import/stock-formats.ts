/** The formats of stock files: how each is recognized, and how its words are read. */
import type { WrittenRow } from './stock-row.ts';

/** A row of CSV by its header, or an object of JSON. */
export type StockEntry = Readonly<Record<string, unknown>>;

export type StockFormat = {
  readonly name: string;
  /** As a person would describe the file. */
  readonly described: string;
  /** Columns of its CSV; undefined when it has none. */
  readonly columns:
    | { readonly required: readonly string[]; readonly optional: readonly string[] }
    | undefined;
  /** Lists that its JSON is wrapped in. */
  readonly lists: readonly string[];
  /** Whether an object of JSON outside of such a list is one of its entries. */
  recognizes(entry: StockEntry): boolean;
  read(entry: StockEntry): WrittenRow;
};

/** CSV has no null: an empty cell says nothing, like a field of JSON that is left out. */
const said = (value: unknown): unknown => (value === '' || value === null ? undefined : value);

const nothingMore = {
  condition: undefined,
  noneIn: [],
  name: undefined,
  productClass: undefined,
  supplyEta: undefined,
};

const ownColumns = {
  required: ['sku', 'location', 'quantity'],
  optional: ['condition', 'name', 'product_class', 'supply_eta'],
};

const own: StockFormat = {
  name: 'Holdfast',
  described: 'sku,location,quantity[,condition,name,product_class,supply_eta] as CSV or JSON',
  columns: ownColumns,
  lists: [],
  recognizes: (entry) => 'sku' in entry && 'quantity' in entry,
  read: (entry) => ({
    sku: said(entry.sku),
    location: said(entry.location),
    quantity: said(entry.quantity),
    condition: said(entry.condition),
    noneIn: [],
    name: said(entry.name),
    productClass: said(entry.product_class),
    supplyEta: said(entry.supply_eta),
  }),
};

/**
 * A source item is all that Adobe Commerce says of a SKU at a source: a quantity, and whether it
 * is in stock. Status 0 with a quantity means that the units are there and nobody may buy them,
 * which is BLOCKED here. Either way there is nothing in the other of the two conditions: without
 * that, an item that is switched off or on again would be there twice.
 */
const adobeConditions = (status: unknown): Pick<WrittenRow, 'condition' | 'noneIn'> => {
  const text = String(status).trim();
  if (text === '1') return { condition: 'SELLABLE', noneIn: ['BLOCKED'] };
  if (text === '0') return { condition: 'BLOCKED', noneIn: ['SELLABLE'] };
  return { condition: `status ${text}`, noneIn: [] };
};

const adobeCommerce: StockFormat = {
  name: 'Adobe Commerce',
  described: 'Adobe Commerce source items: source_code,sku,status,quantity as CSV or JSON',
  columns: { required: ['source_code', 'sku', 'status', 'quantity'], optional: [] },
  lists: ['sourceItems', 'items'],
  recognizes: (entry) => 'source_code' in entry,
  read: (entry) => ({
    ...nothingMore,
    sku: said(entry.sku),
    location: said(entry.source_code),
    quantity: said(entry.quantity),
    ...adobeConditions(entry.status),
  }),
};

type SupplyChannel = {
  readonly key?: unknown;
  readonly id?: unknown;
  readonly obj?: { readonly key?: unknown } | null;
};

/** The channel's key is what people call it; its id is what an unexpanded reference has. */
function supplyChannelOf(entry: StockEntry): unknown {
  const channel = said(entry.supplyChannel);
  if (typeof channel !== 'object' || channel === null) return channel;
  const { key, id, obj } = channel as SupplyChannel;
  return said(key) ?? said(obj?.key) ?? said(id) ?? channel;
}

/**
 * `quantityOnStock`, not `availableQuantity`: the latter lacks what carts hold over there, which
 * is no count. Committed orders have left it already (enum ReservationState of its API).
 */
const commercetools: StockFormat = {
  name: 'commercetools',
  described: 'commercetools inventory entries: sku, quantityOnStock, supplyChannel as JSON',
  columns: undefined,
  lists: ['results'],
  recognizes: (entry) => 'quantityOnStock' in entry,
  read: (entry) => ({
    ...nothingMore,
    sku: said(entry.sku),
    location: supplyChannelOf(entry),
    quantity: said(entry.quantityOnStock),
  }),
};

/** In the order in which they are tried: an entry of another's may have our words as well. */
export const stockFormats: readonly StockFormat[] = [adobeCommerce, commercetools, own];

/** The file as a whole is none that we know. Its message is one sentence with what would be. */
export class UnknownStockFile extends Error {
  override readonly name = 'UnknownStockFile';

  constructor(what: string) {
    const known = stockFormats.map(({ described }) => described).join('; ');
    super(`${what}. Known are: ${known}.`);
  }
}

/** @throws UnknownStockFile when no format has these columns, or a format has not all of them */
export function formatOfHeader(header: readonly string[]): StockFormat {
  const found = stockFormats.find(({ columns }) => {
    if (!columns) return false;
    const all = [...columns.required, ...columns.optional];
    const once = new Set(header).size === header.length;
    return (
      once &&
      columns.required.every((name) => header.includes(name)) &&
      header.every((name) => all.includes(name))
    );
  });
  if (!found) throw new UnknownStockFile(`The header "${header.join(',')}" is not known`);
  return found;
}

/** @throws UnknownStockFile when no format has such entries */
export function formatOfEntry(list: string | undefined, entry: StockEntry): StockFormat {
  const found = stockFormats.find(
    ({ lists, recognizes }) => (list !== undefined && lists.includes(list)) || recognizes(entry),
  );
  if (found) return found;
  throw new UnknownStockFile(
    `Entries with the fields "${Object.keys(entry).join(',')}" are not known`,
  );
}
