export { problem } from '../graphql/problems.ts';
