export type { StockEvent } from '../../subgraphs/inventory/src/stock/events.ts';
