import { Overloaded } from '@holdfast/chassis/lane/lane';
import { parseOrderId } from '@holdfast/schema/identifiers';
import { expect, it } from 'vitest';
import { orderReader } from './order-reader.ts';

const order = parseOrderId(`ord_${'1'.repeat(32)}abcd`)!;
/** An owner that knows nothing of the order, as of this version. */
const ownerAt = (version: number, knownVersion: number) =>
  orderReader({
    ...{ context: 'orders', count: 1, knownVersion: () => knownVersion },
    read: async () => ({ shown: [undefined], version }),
  } as never);

it('an order that stands is asked for again where its owner is behind', async () => {
  const read = ownerAt(16, 17).placed(order);
  await expect(read).rejects.toThrow(Overloaded);
  await expect(read).rejects.toMatchObject({ mayBeDecided: true });
});

it('an order that stands and is nowhere is a bug', async () => {
  const read = ownerAt(17, 17).placed(order);
  await expect(read).rejects.toThrow('was accepted and does not exist');
});
