/** Tells what the start is doing: one line a step, on standard error, so that standard output stays for results. */
export interface StepReporter {
  step(text: string): void;
  done(): void;
}

/** Steps with the seconds that each took; with a terminal, the running one is shown too. */
export function stepReporter(stream: NodeJS.WriteStream = process.stderr): StepReporter {
  let running: { text: string; since: number } | undefined;
  const finish = (): void => {
    if (running === undefined) return;
    const seconds = ((performance.now() - running.since) / 1000).toFixed(1);
    stream.write(`${stream.isTTY ? '\r\u001B[K' : ''}  ${running.text} (${seconds} s)\n`);
    running = undefined;
  };
  return {
    step: (text) => {
      finish();
      running = { text, since: performance.now() };
      if (stream.isTTY) stream.write(`  ${text} ...`);
    },
    done: finish,
  };
}
