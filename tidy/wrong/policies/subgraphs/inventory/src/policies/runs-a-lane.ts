export { createLane } from '@holdfast/chassis/lane/create-lane';
