import { parseCommitMessage } from '@holdfast/chassis/bus/commit-message';
import { connectNats } from '@holdfast/chassis/nats/nats-connection.jetstream';

export type CommitMessages = {
  /**
   * Ends listening. @returns when the commit of a command was first heard of, on this process's
   * clock, by the command's key
   */
  end(): Promise<ReadonlyMap<string, number>>;
};

/**
 * Listens beside the broker's stream: what a lane's owner sends there is durable in the store, and
 * is heard here no later than by those who follow the stream.
 */
export async function hearCommitMessages(url: string): Promise<CommitMessages> {
  const { connection, subject, close } = await connectNats({ url, name: 'bench' });
  // Read afterwards, so that little is done while badges are timed.
  const heard: { readonly bytes: Uint8Array; readonly at: number }[] = [];
  connection.subscribe(subject('log.inventory.*'), {
    callback(failure, { data }) {
      if (failure) throw failure;
      heard.push({ bytes: data, at: performance.now() });
    },
  });
  await connection.flush();
  return {
    async end() {
      await close();
      const times = new Map<string, number>();
      for (const { bytes, at } of heard) {
        for (const { command } of parseCommitMessage(bytes)?.entries ?? []) {
          if (command?.key !== undefined && !times.has(command.key)) times.set(command.key, at);
        }
      }
      return times;
    },
  };
}
