import { translateDatabaseError } from '../adaptor/data/database-error.ts';
import { type Context, openContext } from './context.ts';
import { EXIT, type Output, printError } from './output.ts';

/** Wraps a command: opens the context, runs it, prints errors, sets the exit code. */
export type RunCommand = <A extends readonly unknown[]>(
  act: (context: Context, ...args: A) => Promise<keyof typeof EXIT | void>,
) => (...args: A) => Promise<void>;

/** Makes the wrapper for a program whose output and environment are given. */
export function commandRunner(output: () => Output, environment: Readonly<Record<string, string | undefined>>, exit: (code: number) => void): RunCommand {
  return (act) =>
    async (...args) => {
      try {
        await using context = await openContext(output(), environment);
        exit(EXIT[(await act(context, ...args)) ?? 'done']);
      } catch (error) {
        exit(printError(output(), translateDatabaseError(error)));
      }
    };
}
