/**
 * The element that index.html has for `selector`. @throws when it has none: the page and its script
 * do not fit.
 */
export const element = <E extends Element>(
  selector: string,
  kind: abstract new () => E,
  within: ParentNode = document,
): E => {
  const found = within.querySelector(selector);
  if (!(found instanceof kind)) throw new Error(`index.html has no ${kind.name} ${selector}`);
  return found;
};
