/** What a row of the bench is and says. */
export type Goal = {
  /** e.g. `>= 150,000/s`. */
  readonly text: string;
  readonly held: boolean;
  /** A missed one fails the run. */
  readonly must?: boolean;
};

export type Figure = {
  readonly what: string;
  /** As shown. */
  readonly value: string;
  /** The same for programs. */
  readonly numbers: Readonly<Record<string, number>>;
  readonly goals: readonly Goal[];
};

export type RowOptions = {
  readonly quick: boolean;
  /** Stores with SKUs in them, made once a run. */
  readonly storeOf: (skus: number) => Promise<string>;
};

export type Row = {
  readonly name: string;
  readonly title: string;
  run(options: RowOptions, tell: (figure: Figure) => void): Promise<void>;
};

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** 152,345 */
export const wholeNumber = (value: number): string => whole.format(value);
/** 0.42 ms, 12 ms */
export const milliseconds = (ms: number): string => `${ms < 10 ? ms.toFixed(2) : ms.toFixed(0)} ms`;
/** p50 0.42 ms, p99 12 ms */
export const p50AndP99 = (p50Ms: number, p99Ms: number): string =>
  `p50 ${milliseconds(p50Ms)}, p99 ${milliseconds(p99Ms)}`;
/** 1.04x */
export const times = (ratio: number): string => `${ratio.toFixed(2)}x`;

export const atLeast = (value: number, goal: number, text: string): Goal => ({
  text: `>= ${text}`,
  held: value >= goal,
});
export const atMost = (value: number, goal: number, text: string): Goal => ({
  text: `<= ${text}`,
  held: value <= goal,
});
