/**
 * A random UUID, version 4. `crypto.randomUUID` would do, but browsers leave it out of a page that
 * came over plain HTTP from another machine.
 */
export const freshUuid = () => {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-4$3-a$4-$5');
};
