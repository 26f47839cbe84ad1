export type { EventLog } from '@holdfast/chassis/event-log';
