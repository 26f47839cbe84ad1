export type { Sku } from '../../../../schema/src/identifiers.ts';
export type { Clock } from '../../src/clock.ts';
