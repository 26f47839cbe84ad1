export * from './cursor.ts';
export { createHub } from './hub.ts';
