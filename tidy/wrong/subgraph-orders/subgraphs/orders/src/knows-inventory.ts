export const stock = () => import('@holdfast/inventory/app');
