/** What a subgraph process tells at /metrics, in OpenMetrics text. */
import type { Subgraph } from '@holdfast/schema/subgraph';

const contentType = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

export const subgraphMetrics =
  ({ name, notReady }: Subgraph) =>
  async () => {
    const { rss, heapUsed } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    const gauge = (metric: string, help: string, value: number) => [
      `# HELP ${metric} ${help}`,
      `# TYPE ${metric} gauge`,
      `${metric}{subgraph="${name}"} ${value}`,
    ];
    const lines = [
      ...gauge('holdfast_subgraph_ready', '1 when it is ready.', notReady() === undefined ? 1 : 0),
      ...gauge('process_resident_memory_bytes', 'Resident memory size in bytes.', rss),
      ...gauge('nodejs_heap_size_used_bytes', 'Heap in use.', heapUsed),
      ...gauge('process_cpu_used_seconds', 'Processor time so far.', (user + system) / 1_000_000),
      '# EOF',
    ];
    return { contentType, text: `${lines.join('\n')}\n` };
  };
