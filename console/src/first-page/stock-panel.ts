import { element } from './element.ts';
import { followStock } from './follow-stock.ts';
import { type Freshness, freshness } from './live-stock.ts';
import { createStockRow } from './stock-row.ts';

const words: Readonly<Record<Freshness, (silence: string) => string>> = {
  connecting: () => 'Connecting…',
  live: (silence) => `Live · heard ${silence} ago`,
  reconnecting: (silence) => `Reconnecting · heard ${silence} ago`,
  stale: (silence) => `Stale · nothing heard for ${silence}`,
};

const keyNeededText = [
  'This address takes no anonymous storefront, so this page, which has no key, shows no stock.',
  'Use the playground with a key in its headers.',
].join(' ');

/** The live panel: one row a SKU, one socket. */
export const openStockPanel = (skus: readonly string[]) => {
  const panel = element('#live', HTMLElement);
  const pulse = element('#freshness', HTMLElement);
  const said = element('#said', HTMLElement);
  const say = (text: string) => {
    said.textContent = text;
  };
  const rows = new Map(skus.map((sku) => [sku, createStockRow(sku, say)]));
  const list = element('#stock', HTMLElement);
  list.append(...[...rows.values()].map((row) => row.element));

  void followStock(skus, {
    stock({ bySku, cursor }) {
      for (const [sku, row] of rows) {
        const availability = bySku.get(sku);
        if (availability) row.show(availability);
        else if (cursor !== null) row.absent(); // the snapshot is whole and left it out
      }
    },
    clock(connected, silenceMs) {
      const now = freshness(connected, silenceMs);
      panel.dataset.freshness = now;
      pulse.textContent = words[now](`${Math.round((silenceMs ?? 0) / 1000)} s`);
      for (const row of rows.values()) {
        row.stale(now === 'stale');
        row.tick();
      }
    },
    keyNeeded() {
      panel.dataset.freshness = 'stale';
      list.hidden = true;
      pulse.textContent = 'A key is needed';
      say(keyNeededText);
    },
  });
};
