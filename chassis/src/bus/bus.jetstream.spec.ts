import { describeWith } from '@holdfast/test-servers/describe-with';
import { openBus } from '#test/jetstream.ts';
import { busContract } from './bus.contract.ts';

describeWith(['nats'], 'the bus on a real NATS', ({ natsUrl }) => {
  busContract('JetStream', () => openBus(natsUrl()));
});
