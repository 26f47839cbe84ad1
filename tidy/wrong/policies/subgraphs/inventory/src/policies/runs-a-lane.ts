export { createLane } from '@holdfast/chassis/create-lane';
