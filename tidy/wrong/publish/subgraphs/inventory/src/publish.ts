export { createHmac } from 'node:crypto';
