import { startProblem } from './start-problem.ts';

/** Runs what a process consists of; where it does not start, says why in one line and ends with 1. */
export async function startProcess(name: string, main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    const { code, detail } = startProblem(error);
    process.stderr.write(`${name}: ${detail} [${code}]\n`);
    process.exit(1);
  }
}
