export { sqliteEventLog } from '@holdfast/chassis/event-log.sqlite';
