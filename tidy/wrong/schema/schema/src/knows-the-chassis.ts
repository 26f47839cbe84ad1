export type { Instant } from '@holdfast/chassis/clock';
