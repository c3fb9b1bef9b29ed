import { translateDatabaseError } from '../adaptor/data/database-error.ts';
import { ERROR_CATALOGUE } from '../exchange/error-catalogue.ts';
import { TidegateError } from '../exchange/errors.ts';
import { exitCodeOf } from '../exchange/exit-code.ts';
import { translateMissingFolder } from '../files/working-folder.ts';
import { type Problem, toProblem } from '../exchange/problem.ts';
import { doneBefore } from './partly.ts';

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

/** Codes with which something ends that had begun: what it did until then stays. */
const BEGUN: ReadonlySet<string> = new Set(['run-failed', 'run-cancelled', 'worker-lost']);

/** Whether it is true that no update was performed: neither by steps before (cli/partly.ts) nor by a run that goes on. */
const maySayUnchanged = ({ code, facts }: Pick<Problem, 'code' | 'facts'>): boolean => !BEGUN.has(code) && doneBefore(facts).length === 0;

/** Prints an error and gives the exit code for it. */
export function printError(output: Output, thrown: unknown): number {
  const error = translateDatabaseError(translateMissingFolder(thrown));
  const { noUpdate, ...problem } = toProblem(error);
  const { normal, action } = ERROR_CATALOGUE[problem.code];
  const unchanged = maySayUnchanged(problem) ? { noUpdate } : {};
  if (output.json) output.write(JSON.stringify({ error: { ...problem, ...unchanged, normal, action } }, null, 2));
  else {
    const text = error instanceof TidegateError ? error.message : String(error);
    const lines = [`tidegate: ${printable(text)} [${problem.code}]`, ...Object.values(unchanged), `Is this normal? ${normal}`, `What to do: ${action}`];
    process.stderr.write(`${lines.join('\n  ')}\n`);
  }
  return exitCodeOf(problem.code);
}
