/** How far a file is read, on a terminal; silent where stderr is a file or a pipe. */
export type ProgressBar = { add(bytes: number): void; end(): void };

const width = 30;

export function progressBar(name: string, totalBytes: number): ProgressBar {
  let read = 0;
  let shown = -1;
  const isTerminal = process.stderr.isTTY;
  return {
    add(bytes) {
      read += bytes;
      const percent = totalBytes === 0 ? 100 : Math.floor((100 * read) / totalBytes);
      if (!isTerminal || percent === shown) return;
      shown = percent;
      const full = Math.round((width * percent) / 100);
      process.stderr.write(
        `\r${name} [${'='.repeat(full)}${' '.repeat(width - full)}] ${percent} %`,
      );
    },
    end() {
      if (isTerminal) process.stderr.write('\r\u001b[K');
    },
  };
}
