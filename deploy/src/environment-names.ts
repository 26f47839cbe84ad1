/** The names of the environment that a process of Holdfast reads, for those who set them. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from './run-tool.ts';

const shape = /\b(HOST|PORT|NODE_ENV|HOLDFAST_[A-Z_]+|OTEL_[A-Z_]+|[A-Z]+(?:_[A-Z]+)*_URL)\b/g;

/** Read by packages of ours, without a word of them in our own files. */
const readByPackages = ['NODE_ENV', 'OTEL_SERVICE_NAME'];

export const namesIn = (text: string): readonly string[] =>
  [...text.matchAll(shape)].map(([name]) => name);

export function environmentNames(): ReadonlySet<string> {
  const files = globSync('{holdfast,chassis}/src/**/*.ts', { cwd: repository });
  const texts = files
    .filter((file) => !file.endsWith('.spec.ts'))
    .map((file) => readFileSync(join(repository, file), 'utf8'));
  return new Set([...readByPackages, ...texts.flatMap(namesIn)]);
}
