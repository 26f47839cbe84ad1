export { startHoldfast } from 'holdfast';
