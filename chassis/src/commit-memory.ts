import { LRUCache } from 'lru-cache';
import type { Commit } from './commit.ts';

const charactersMax = 4 * 1024 * 1024;

/** The commits used last, by whatever names them, as many as their bodies leave room for. */
export const commitMemory = () =>
  new LRUCache<string, Commit>({
    maxSize: charactersMax,
    sizeCalculation: ({ body }) => body.length + 1,
  });
