export type { EventLog } from './log/event-log.ts';
