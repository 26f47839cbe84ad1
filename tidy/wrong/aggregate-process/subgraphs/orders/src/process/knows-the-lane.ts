export type Lane = import('@holdfast/chassis/lane').Lane<string>;
