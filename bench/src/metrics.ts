/** What /metrics says of the live part. */
export type LiveMetrics = { readonly executions: number; readonly deliveries: number };

const metric = (text: string, name: string): number => {
  const found = new RegExp(`^holdfast_gateway_live_${name} (\\S+)$`, 'm').exec(text);
  if (!found) throw new Error(`/metrics does not tell ${name}`);
  return Number(found[1]);
};

export async function metricsOf(endpoint: string): Promise<LiveMetrics> {
  const response = await fetch(new URL('/metrics', endpoint));
  const text = await response.text();
  return { executions: metric(text, 'executions'), deliveries: metric(text, 'deliveries') };
}
