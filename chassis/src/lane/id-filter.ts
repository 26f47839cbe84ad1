/**
 * Says of most new ids that nobody has ever used them, without a look into the store (a Bloom
 * filter). It errs to one side only: `maybe` sends the lane to its rows, `no` is certain.
 */
export type IdFilter = {
  add(id: string): void;
  maybe(id: string): boolean;
};

const probes = 4;

/** @param bits a power of two; 8 for each id expected keep false alarms near 2 % */
export function idFilter(bits = 2 ** 23): IdFilter {
  const words = new Uint32Array(bits / 32);
  const mask = bits - 1;

  // Two independent FNV-1a style hashes give all probes (Kirsch and Mitzenmacher).
  const hashes = { of: '', first: 0, second: 0 };
  const hash = (id: string) => {
    // A key is looked for and then added.
    if (id === hashes.of) return;
    hashes.of = id;
    let first = 0x811c9dc5;
    let second = 0x9747b28c;
    for (let at = 0; at < id.length; at += 1) {
      const unit = id.charCodeAt(at);
      first = Math.imul(first ^ unit, 0x01000193);
      second = Math.imul(second ^ unit, 0x85ebca6b) ^ (second >>> 13);
    }
    hashes.first = first >>> 0;
    hashes.second = (second >>> 0) | 1;
  };

  return {
    add(id) {
      hash(id);
      for (let probe = 0; probe < probes; probe += 1) {
        const bit = (hashes.first + probe * hashes.second) & mask;
        words[bit >>> 5] = (words[bit >>> 5] ?? 0) | (1 << (bit & 31));
      }
    },
    maybe(id) {
      hash(id);
      for (let probe = 0; probe < probes; probe += 1) {
        const bit = (hashes.first + probe * hashes.second) & mask;
        if (((words[bit >>> 5] ?? 0) & (1 << (bit & 31))) === 0) return false;
      }
      return true;
    },
  };
}
