export type { Stock } from '../stock/stock.ts';
