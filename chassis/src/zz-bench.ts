import { hash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { systemClock } from './clock.ts';
import { createLane } from './create-lane.ts';
import { accept } from './decider.ts';
import { sqliteEventLog } from './event-log.sqlite.ts';
import { sqliteLaneRows } from './lane-rows.sqlite.ts';
import { openSqliteStore } from './sqlite-store.ts';

rmSync('/tmp/lb/d', { recursive: true, force: true });
const store = await openSqliteStore({
  folder: '/tmp/lb/d',
  onFailure: (f) => {
    console.error(f.message);
    process.exit(1);
  },
});
const log = sqliteEventLog(store);
const clock = systemClock();
const sku = {
  prefix: 'sku',
  initial: () => ({ on: 1e9, res: 0 }),
  evolve: (s: any, e: any) => {
    s.res += e.units;
    return s;
  },
  encode: JSON.stringify,
  decode: JSON.parse,
};
const claim = {
  prefix: 'claim',
  initial: () => ({}),
  evolve: (s: any, e: any) => {
    s.lines = e.lines;
    s.expiresAt = e.expiresAt;
    s.type = 'active';
    return s;
  },
  encode: JSON.stringify,
  decode: JSON.parse,
  due: (s: any) => s.expiresAt,
};
const lane = createLane<any>({
  context: 'inventory',
  lane: 0,
  log,
  rows: sqliteLaneRows(store),
  clock,
  kinds: [sku, claim],
  decide: (c: any, view, at) => {
    const s = view.get(sku as any, c.sku) as any;
    const expiresAt = at + 900000;
    if (s.on - s.res < 1) return { type: 'rejected', rejection: { type: 'x' } };
    return accept(
      [
        {
          stream: 'claim/' + c.id,
          begins: true,
          events: [
            {
              type: 'ReservationMade',
              channel: 'default',
              lines: [{ sku: c.sku, location: 'W1', units: 1 }],
              expiresAt,
            } as any,
          ],
        },
        {
          stream: 'sku/' + c.sku,
          events: [
            { type: 'StockReserved', claim: c.id, location: 'W1', units: 1, expiresAt } as any,
          ],
        },
      ],
      { reservationId: c.id, expiresAt },
    );
  },
  timePassed: (s) => {
    throw new Error(s);
  },
  isUrgent: () => false,
  onFailure: (f) => {
    console.error(f);
    process.exit(1);
  },
});
await lane.start();
for (const skus of [1, 1000, 1]) {
  let n = 0;
  const t0 = performance.now();
  const lat: number[] = [];
  let stop = false;
  const c0 = process.cpuUsage();
  await Promise.all(
    Array.from({ length: 128 }, async (_, k) => {
      while (!stop) {
        const s = performance.now();
        const i = n++;
        const id = 'res_' + clock.newId().replaceAll('-', '') + 'abcd';
        const name = 'S' + (i % skus);
        const input = hash('sha256', 'key' + name + i, 'base64url');
        await lane.handle(
          {
            command: { sku: name, id },
            record: {
              type: 'ReserveStock',
              by: 'storefront',
              actor: 'storefront',
              key: 'k' + i + '-' + t0,
              input,
            },
            streams: ['sku/' + name],
          },
          () => undefined,
        );
        lat.push(performance.now() - s);
        if (performance.now() - t0 > 4000) stop = true;
      }
    }),
  );
  const el = performance.now() - t0;
  lat.sort((a, b) => a - b);
  const cu = process.cpuUsage(c0);
  console.log(
    skus,
    Math.round((n / el) * 1000),
    'cmd/s p50',
    lat[n >> 1]!.toFixed(2),
    'p99',
    lat[Math.floor(n * 0.99)]!.toFixed(2),
    'cpu',
    ((cu.user + cu.system) / 1000 / el).toFixed(2),
    JSON.stringify(lane.figures()),
    process.memoryUsage().rss >> 20,
  );
}
await lane.stop();
console.log('stopped');
await store.close();
