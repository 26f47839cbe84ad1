export * from '@holdfast/chassis/log/event-log.sqlite';
