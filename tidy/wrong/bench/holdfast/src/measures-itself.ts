export { runBench } from '@holdfast/bench/run-bench';
