import { vi } from 'vitest';
import { runCommandLine } from '../../cli/main.ts';

/** Runs the command line in this process. Gives what it printed and its exit code. */
export async function runProgram(
  environment: Readonly<Record<string, string | undefined>>,
  ...args: readonly string[]
): Promise<{ readonly code: number | undefined; readonly stdout: string; readonly stderr: string }> {
  const printed = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((chunk) => {
      printed[name] += String(chunk);
      return true;
    }),
  );
  let code: number | undefined;
  try {
    await runCommandLine(args, environment, (given) => (code = given));
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return { code, ...printed };
}
