export { units } from '@holdfast/schema/quantities';
