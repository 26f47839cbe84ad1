import { element } from './element.ts';
import { giveBack, type Hold, holdOf, holdOneMore } from './holds.ts';
import type { Availability } from './live-stock.ts';

const badges: Readonly<Record<string, string>> = {
  IN_STOCK: 'In stock',
  LOW_STOCK: 'Low stock',
  BACKORDER: 'On backorder',
  OUT_OF_STOCK: 'Out of stock',
};

const wholeNumber = new Intl.NumberFormat();
const timeOfDay = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

export interface StockRow {
  readonly element: HTMLElement;
  readonly show: (availability: Availability) => void;
  /** The store does not know the SKU. */
  readonly absent: () => void;
  readonly stale: (stale: boolean) => void;
  /** Each second: a hold runs out by itself. */
  readonly tick: () => void;
}

const clockTime = (moment: string) => timeOfDay.format(new Date(moment));

const heldText = (hold: Hold | undefined) =>
  hold ? `You hold ${hold.units} until ${clockTime(hold.expiresAt)}` : '';

/** A long SKU may break after its separators, and only there when that suffices. */
const breakable = (sku: string) =>
  sku.split(/(?<=[_-])/).flatMap((part) => [part, document.createElement('wbr')]);

/** @param say tells the visitor how their own action ended */
const letHold = (row: HTMLElement, sku: string, say: (words: string) => void) => {
  const holdButton = element('.hold-one', HTMLButtonElement, row);
  const backButton = element('.give-back', HTMLButtonElement, row);
  const held = element('.held', HTMLElement, row);
  holdButton.setAttribute('aria-label', `Hold one ${sku}`);
  backButton.setAttribute('aria-label', `Give back ${sku}`);
  let underWay = false;
  let known = false;

  const show = () => {
    const hold = holdOf(sku);
    const text = heldText(hold);
    if (held.textContent !== text) held.textContent = text;
    holdButton.disabled = underWay || !known;
    backButton.disabled = underWay || hold === undefined;
  };
  const run = async (button: HTMLButtonElement, action: () => Promise<string>) => {
    underWay = true;
    show();
    say(await action().catch((failure: Error) => failure.message));
    underWay = false;
    show();
    // A disabled button loses the focus: it goes back, or to its neighbor, unless the visitor has
    // moved on.
    if (document.activeElement === document.body) (button.disabled ? holdButton : button).focus();
  };

  holdButton.addEventListener('click', () =>
    run(holdButton, async () => {
      const answer = await holdOneMore(sku);
      if (answer.status === 'refused') return `${sku}: ${answer.message}`;
      const { units, expiresAt } = answer.hold;
      return `${sku}: ${units} held. Until ${clockTime(expiresAt)} nobody else is promised it.`;
    }),
  );
  backButton.addEventListener('click', () =>
    run(backButton, async () => {
      await giveBack(sku);
      return `${sku}: given back. It can be promised again.`;
    }),
  );
  return {
    show,
    knownIs(isKnown: boolean) {
      known = isKnown;
      show();
    },
  };
};

export const createStockRow = (sku: string, say: (words: string) => void): StockRow => {
  const template = element('#stock-row', HTMLTemplateElement);
  const row = document.importNode(element('.row', HTMLElement, template.content), true);
  const name = element('.name', HTMLElement, row);
  const skuText = element('.sku', HTMLElement, row);
  const badge = element('.badge', HTMLElement, row);
  const number = element('.number', HTMLElement, row);
  const asOf = element('time', HTMLTimeElement, row);
  const hold = letHold(row, sku, say);
  name.replaceChildren(...breakable(sku));
  let label = 'Waiting';
  let isStale = false;
  let shown: Availability | undefined;

  const showBadge = () => {
    badge.textContent = isStale ? `${label} · stale` : label;
    row.classList.toggle('stale', isStale);
  };
  const flash = (from: number, to: number) => {
    row.classList.remove('fell', 'rose');
    void row.offsetWidth; // lets the same animation start again
    row.classList.add(to < from ? 'fell' : 'rose');
  };

  return {
    element: row,
    show(availability) {
      if (availability === shown) return;
      const { status, availableToPromise, item } = availability;
      label = badges[status] ?? status;
      row.dataset.status = status;
      if (item?.name) {
        name.textContent = item.name;
        skuText.replaceChildren(...breakable(sku));
      }
      number.textContent = wholeNumber.format(availableToPromise);
      asOf.dateTime = availability.asOf;
      asOf.textContent = clockTime(availability.asOf);
      if (shown && shown.availableToPromise !== availableToPromise) {
        flash(shown.availableToPromise, availableToPromise);
      }
      shown = availability;
      showBadge();
      hold.knownIs(true);
    },
    absent() {
      label = 'Not in this store';
      row.dataset.status = 'ABSENT';
      showBadge();
      hold.knownIs(false);
    },
    stale(stale) {
      if (stale === isStale) return;
      isStale = stale;
      showBadge();
    },
    tick: hold.show,
  };
};
