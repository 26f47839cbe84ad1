export { createGateway } from '@holdfast/gateway/app';
