export type { EventLog } from '@holdfast/chassis/log/event-log';
