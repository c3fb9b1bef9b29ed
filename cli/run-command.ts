import { type Context, openContext } from './context.ts';
import { type Output, printError } from './output.ts';
import { EXIT } from '../exchange/exit-code.ts';

/** Where settings are read from. */
type Environment = Readonly<Record<string, string | undefined>>;

/** What a command has that works without a configuration or a running part. */
export interface Alone {
  readonly output: Output;
  readonly environment: Environment;
}

/** Wraps a command: opens what it works with, runs it, prints errors, sets the exit code. */
type Run<C> = <A extends readonly unknown[]>(act: (context: C, ...args: A) => Promise<keyof typeof EXIT | void>) => (...args: A) => Promise<void>;

/** Wraps a command that works on what runs. */
export type RunCommand = Run<Context>;

/** Wraps a command that works without. */
export type RunAlone = Run<Alone>;

/** Makes the wrappers for a program whose output and environment are given. */
export function commandRunners(
  output: () => Output,
  environment: Environment,
  exit: (code: number) => void,
): { readonly run: RunCommand; readonly alone: RunAlone } {
  const alone: RunAlone =
    (act) =>
    async (...args) => {
      try {
        exit(EXIT[(await act({ output: output(), environment }, ...args)) ?? 'done']);
      } catch (error) {
        exit(printError(output(), error));
      }
    };
  return {
    alone,
    run: (act) =>
      alone(async (bare, ...args) => {
        await using context = await openContext(bare.output, bare.environment);
        return await act(context, ...args);
      }),
  };
}
