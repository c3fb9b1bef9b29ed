import { translateDatabaseError } from '../adaptor/data/database-error.ts';
import { ERROR_CATALOGUE } from '../exchange/error-catalogue.ts';
import { TidegateError } from '../exchange/errors.ts';
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
    write: (text) => void process.stdout.write(`${json ? text : printable(text)}\n`),
    note: (text) => void (json ? undefined : process.stderr.write(`${printable(text)}\n`)),
  };
}

/** Prints a value: as one JSON document, or as the text for people. */
export function print(output: Output, value: unknown, text: () => string): void {
  output.write(output.json ? JSON.stringify(value, null, 2) : text());
}

/**
 * Text that a terminal shows and does not obey: records come from others, and one that holds escape sequences could wipe or
 * forge what stands above it. Control characters are shown by their number; line feeds and tabs stay.
 */
function printable(text: string): string {
  return text.replaceAll(/[[\p{Cc}\p{Bidi_Control}]--[\n\t]]/gv, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A table for a terminal: headers and rows, columns as wide as their widest cell; a line feed within a cell starts no row. */
export function table(headers: readonly string[], cells: readonly (readonly string[])[]): string {
  const rows = cells.map((row) => row.map((cell) => cell.replaceAll(/\r?\n/g, '⏎')));
  const widths = headers.map((header, i) => Math.max(header.length, ...rows.map((row) => (row[i] ?? '').length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(headers), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

/** Prints wrong use that was found before any command began: as the error of a command is, where JSON is asked for. */
export function printWrongUse(message: string): void {
  printError(processOutput(true), new TidegateError('bad-request', message.replace(/^error: /, '')));
}

/** Prints an error and gives the exit code for it. */
export function printError(output: Output, thrown: unknown): number {
  const error = translateDatabaseError(thrown);
  const problem = toProblem(error);
  const { normal, action } = ERROR_CATALOGUE[problem.code];
  if (output.json) output.write(JSON.stringify({ error: { ...problem, normal, action } }, null, 2));
  else {
    const text = error instanceof TidegateError ? error.message : String(error);
    process.stderr.write(`tidegate: ${printable(text)} [${problem.code}]\n  Is this normal? ${normal}\n  What to do: ${action}\n`);
  }
  if (problem.code === 'configuration-invalid' || problem.code === 'bad-request') return EXIT.usage;
  return problem.status === 503 ? EXIT.unavailable : EXIT.failed;
}
