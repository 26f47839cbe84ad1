/** Runs tasks of one stream one after the other and those of different streams at the same time. */
export type StreamTurns = {
  /** @param task must not fail */
  run(key: string, task: () => Promise<void>): Promise<void>;
  /** Resolves when all that is under way has ended. */
  idle(): Promise<void>;
};

export function streamTurns(): StreamTurns {
  const last = new Map<string, Promise<void>>();
  return {
    run(key, task) {
      const before = last.get(key);
      const turn = before ? before.then(task) : task();
      const done = turn.then(() => {
        if (last.get(key) === done) last.delete(key);
      });
      last.set(key, done);
      return done;
    },
    async idle() {
      while (last.size > 0) await Promise.all(last.values());
    },
  };
}
