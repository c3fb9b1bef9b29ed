import { translateDatabaseError } from '../adaptor/data/database-error.ts';
import { ERROR_CATALOGUE } from '../exchange/error-catalogue.ts';
import { TidegateError, isErrorCode } from '../exchange/errors.ts';
import { toProblem } from '../exchange/problem.ts';

/** Exit codes of every command (documented in docs/cli.md). */
export const EXIT = {
  done: 0,
  /** The act failed or was refused; the code of the catalogue is printed. */
  failed: 1,
  /** Wrong use: unknown option, missing argument, wrong configuration. */
  usage: 2,
  /** A part that is needed does not run or cannot be reached. */
  unavailable: 3,
} as const;

/** Where a command writes, and whether it speaks JSON. */
export interface Output {
  readonly json: boolean;
  readonly write: (text: string) => void;
  readonly note: (text: string) => void;
}

/** Output on this process's standard output; notes (progress, hints) go to standard error, and are silent with --json. */
export function processOutput(json: boolean): Output {
  return {
    json,
    write: (text) => void process.stdout.write(`${text}\n`),
    note: (text) => void (json ? undefined : process.stderr.write(`${text}\n`)),
  };
}

/** Prints a value: as one JSON document, or as the text for people. */
export function print(output: Output, value: unknown, text: () => string): void {
  output.write(output.json ? JSON.stringify(value, null, 2) : text());
}

/** A table for a terminal: headers and rows, columns as wide as their widest cell. */
export function table(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headers.map((header, i) => Math.max(header.length, ...rows.map((row) => (row[i] ?? '').length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(headers), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

/** Prints an error and gives the exit code for it. */
export function printError(output: Output, thrown: unknown): number {
  const error = translateDatabaseError(thrown);
  const problem = toProblem(error);
  const { normal, action } = ERROR_CATALOGUE[problem.code];
  if (output.json) output.write(JSON.stringify({ error: { ...problem, normal, action } }, null, 2));
  else {
    const text = error instanceof TidegateError ? error.message : String(error);
    process.stderr.write(`tidegate: ${text} [${problem.code}]\n  Is this normal? ${normal}\n  What to do: ${action}\n`);
  }
  if (problem.code === 'configuration-invalid' || problem.code === 'bad-request') return EXIT.usage;
  return isErrorCode(problem.code) && [503].includes(problem.status) ? EXIT.unavailable : EXIT.failed;
}
