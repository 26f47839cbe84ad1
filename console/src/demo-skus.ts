/**
 * SKUs of the demo set that the two pages show.
 * Source: Adobe Commerce's inventory tutorials and commercetools' inventory example, as imported by
 * `npm start`.
 */
export const demoSkus = [
  '24-WB01',
  'new_product1',
  'new_product2',
  'sku_GIRLS_CREW_variant1_1421832124541',
] as const;
