/**
 * What has happened to the master data that every promise is decided with: locations, channels,
 * classes.
 */
import type { ChannelSaved } from '@holdfast/schema/events';
import type { ClassCode, LocationCode } from '@holdfast/schema/identifiers';

export type LocationSaved = {
  readonly type: 'LocationSaved';
  readonly id: string;
  readonly code: LocationCode;
  readonly name: string;
  readonly timeZone: string;
};

export type PromiseMode = 'RESERVATION' | 'ALLOCATION';
export type BackorderPolicy = 'NONE' | 'UNLIMITED';

/** How a class of products is promised; times in seconds, quantities per SKU and location. */
export type ClassRules = {
  readonly mode: PromiseMode;
  readonly holdSeconds: number;
  readonly holdSecondsMax: number;
  readonly paymentGraceSeconds: number;
  readonly backorder: BackorderPolicy;
  readonly safetyStock: number;
  readonly lowStockAt: number;
};

export type ClassSaved = {
  readonly type: 'ClassSaved';
  readonly code: ClassCode;
  readonly rules: ClassRules;
};

export type CatalogEvent = LocationSaved | ChannelSaved | ClassSaved;
