import { startProblem } from './start-problem.ts';

/** Runs what a process consists of; where it does not start, says why and what to do, and ends with the exit code of the error. */
export async function startProcess(name: string, main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    const { text, exitCode } = startProblem(name, error);
    // Ended by force: what was opened before the fault would keep the process alive.
    process.stderr.write(text, () => process.exit(exitCode));
  }
}
