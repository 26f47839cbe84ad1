export type Lane = import('@holdfast/chassis/lane/lane').Lane<string>;
