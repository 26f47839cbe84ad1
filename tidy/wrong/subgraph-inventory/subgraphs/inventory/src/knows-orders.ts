export type { OrderEvent } from '@holdfast/orders/order/events';
