/** Where a request comes from, as coarse as one customer's line: rates are counted by it. */
const mappedPrefix = '::ffff:';
const groupsOfNetwork = 4; // a /64 is one customer: it has 2^64 addresses to choose from

/** @returns an IPv4 address, or the /64 network of an IPv6 address; '' when the socket is gone */
export const addressOfSocket = (remoteAddress: string | undefined): string => {
  const address = remoteAddress ?? '';
  if (address.startsWith(mappedPrefix)) return address.slice(mappedPrefix.length);
  if (!address.includes(':')) return address;
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::');
  const groups = head === '' ? [] : head.split(':');
  const tailGroups = tail === undefined || tail === '' ? [] : tail.split(':');
  while (tail !== undefined && groups.length + tailGroups.length < 8) groups.push('0');
  return `${[...groups, ...tailGroups].slice(0, groupsOfNetwork).join(':')}::/64`;
};
