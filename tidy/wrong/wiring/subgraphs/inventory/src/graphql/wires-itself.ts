export { createInventory } from '../app.ts';
