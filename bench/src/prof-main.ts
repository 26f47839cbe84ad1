import { createHmac } from 'node:crypto';
import { inProcessBus } from '@holdfast/chassis/bus.in-process';
import { systemClock } from '@holdfast/chassis/clock';
import { sqliteEventLog } from '@holdfast/chassis/event-log.sqlite';
import { sqliteLaneRows } from '@holdfast/chassis/lane-rows.sqlite';
import { sqliteReadModel } from '@holdfast/chassis/read-model.sqlite';
import { createInventory } from '@holdfast/inventory/app';
import { homePlace, reservationId } from '@holdfast/schema/identifiers';
import { populate, skuAt } from './measure/ledger-store.ts';
const [callers, nskus, warm, meas] = process.argv.slice(2).map(Number) as number[];
const clock = systemClock();
let bytes = 0; let cl=process.env.CLONE==='1';
const store: any = { folder: '/tmp', write: (job: any) => new Promise((r) => setImmediate(() => { if(cl) structuredClone(job); bytes += job[0].values[6]?.length ?? 0; r(1); })), writeLater: (job: any) => new Promise((r) => setImmediate(() => {if(cl) structuredClone(job); r(1)})), one: () => undefined, all: () => [], close: async () => {} };
const inventory = createInventory({ clock, onFailure: (f: unknown) => { console.error(f); process.exit(1); }, secret: 'bench', epoch: 'b', log: sqliteEventLog(store), rows: sqliteLaneRows(store), bus: inProcessBus({ clock }), readModel: sqliteReadModel(store), storefrontCap: Infinity });
await inventory.ledger.start();
await populate(inventory, 0, nskus!);
const skus = Array.from({ length: nskus! }, (_, i) => skuAt(i));
let n = 0;
const load = async (count: number) => {
  let left = count;
  await Promise.all(Array.from({ length: callers! }, async () => {
    while (left-- > 0) {
      const sku = skus[n++ % skus.length]!; const key = clock.newId();
      const claim = reservationId(clock.newId(), homePlace([sku]));
      const content = `{"lines":[{"quantity":1,"sku":${JSON.stringify(sku)}}]}`;
      const record = { type: 'ReserveStock', by: 'storefront:bench', actor: 'storefront', key, trace: key, input: createHmac('sha256', 'bench').update(content).digest('base64url') };
      const { outcome } = await inventory.command({ type: 'ReserveStock', claim, channel: 'default' as any, wanted: [{ sku, anywhere: 1, at: new Map() }], buyer: undefined, ttlSeconds: undefined }, record);
      if (!('accepted' in outcome)) throw new Error(outcome.rejected.type);
    }
  }));
};
await load(warm!);
const c0 = process.threadCpuUsage(), p0 = process.cpuUsage(); const t0 = performance.now();
await load(meas!);
const c = process.threadCpuUsage(c0), p = process.cpuUsage(p0);
console.log('main us/cmd', ((c.user + c.system) / meas!).toFixed(2), 'all us/cmd', ((p.user + p.system) / meas!).toFixed(2), 'wall us/cmd', ((performance.now() - t0) * 1000 / meas!).toFixed(2), 'rss', Math.round(process.resourceUsage().maxRSS / 1024));
process.exit(0);
