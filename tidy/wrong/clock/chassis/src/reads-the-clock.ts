import { hash, randomUUID } from 'node:crypto'; // reported
import { v7 } from 'uuid'; // reported

const timers = { setTimeout: 1, at: new Date(0) };

export const now = () => Date.now(); // reported
export const clock = Date.now; // reported
export const today = () => new Date(); // reported
export const written = () => Date(); // reported
export const elapsed = () => performance.now(); // reported
export const chance = () => Math.random(); // reported
export const name = () => `${randomUUID()}${v7()}${hash('sha256', 'x')}`;
export const other = () => crypto.randomUUID(); // reported
export const later = (wake: () => void) => setTimeout(wake, timers.setTimeout); // reported
export const often = (wake: () => void) => globalThis.setInterval(wake, 1); // reported
export const handed = { setImmediate }; // reported
