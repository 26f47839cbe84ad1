export { decideInventory } from '../../subgraphs/inventory/src/decide.ts';
