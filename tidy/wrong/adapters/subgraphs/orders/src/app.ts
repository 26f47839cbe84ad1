export * from '@holdfast/chassis/event-log.sqlite';
