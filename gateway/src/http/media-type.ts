/** Which of GraphQL over HTTP's two media types an answer has. */
export const jsonType = 'application/json';
export const responseType = 'application/graphql-response+json';

export type MediaType = typeof jsonType | typeof responseType;

type Accepted = { readonly type: string; readonly quality: number };

const parseAccept = (accept: string): Accepted[] =>
  accept.split(',').map((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const q = parameters.find((parameter) => parameter.startsWith('q='));
    return { type, quality: q === undefined ? 1 : Number(q.slice(2)) || 0 };
  });

/** Most specific first; a wildcard means the type that every client reads. */
const rangesOf: Readonly<Record<MediaType, readonly string[]>> = {
  [responseType]: [responseType],
  [jsonType]: [jsonType, 'application/*', '*/*'],
};

const find = (accepted: readonly Accepted[], type: MediaType) => {
  for (const range of rangesOf[type]) {
    const index = accepted.findIndex((entry) => entry.type === range);
    const quality = accepted[index]?.quality ?? 0;
    if (index >= 0) return { index, quality };
  }
  return { index: accepted.length, quality: 0 };
};

const negotiated = new Map<string, MediaType | undefined>();
const negotiatedMax = 200; // browsers and clients send few; an attacker's thousand only costs time

/** @returns undefined when the client reads neither */
export const negotiate = (accept: string | undefined): MediaType | undefined => {
  if (accept === undefined || accept === '*/*' || accept === jsonType) return jsonType;
  if (negotiated.has(accept)) return negotiated.get(accept);
  const accepted = parseAccept(accept);
  const json = find(accepted, jsonType);
  const response = find(accepted, responseType);
  const isResponse =
    response.quality > json.quality ||
    (response.quality === json.quality && response.index < json.index);
  const best = isResponse ? response : json;
  const type = best.quality > 0 ? (isResponse ? responseType : jsonType) : undefined;
  if (negotiated.size >= negotiatedMax) negotiated.clear();
  negotiated.set(accept, type);
  return type;
};

/** INTERFACE: a body is JSON in UTF-8, and not compressed. */
export const isJsonBody = (contentType: string | undefined): boolean => {
  if (contentType === jsonType) return true;
  const [type = '', ...parameters] = (contentType ?? '')
    .split(';')
    .map((part) => part.trim().toLowerCase());
  const charset = parameters.find((parameter) => parameter.startsWith('charset='));
  return type === jsonType && (charset === undefined || /^charset="?utf-?8"?$/.test(charset));
};
