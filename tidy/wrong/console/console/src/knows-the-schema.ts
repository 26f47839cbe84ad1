export type { Sku } from '@holdfast/schema/identifiers';
