export { startNats } from '@holdfast/test-servers/start-nats';
