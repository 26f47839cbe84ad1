export { systemClock } from '@holdfast/chassis/clock';
