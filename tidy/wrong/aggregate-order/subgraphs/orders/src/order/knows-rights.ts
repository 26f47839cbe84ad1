export { mayWriteStock } from '@holdfast/schema/caller';
