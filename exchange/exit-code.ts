import { ERROR_CATALOGUE } from './error-catalogue.ts';
import type { ErrorCode } from './errors.ts';

/** How every command and every process ends, as a number (documented in docs/cli.md). What a signal ended has 128 and the signal's own number. */
export const EXIT = {
  done: 0,
  /** It failed or was refused; the code of the catalogue is printed. */
  failed: 1,
  /** Wrong use: an option, an argument, a setting, a file that a setting names, the configuration. */
  usage: 2,
  /** A part that is needed does not run or cannot be reached. */
  unavailable: 3,
} as const;

const USAGE: ReadonlySet<ErrorCode> = new Set(['bad-request', 'configuration-invalid']);

/** The exit code of an error: by its code alone, so that a command and a process that meet the same fault end alike. */
export function exitCodeOf(code: ErrorCode): number {
  if (USAGE.has(code)) return EXIT.usage;
  return ERROR_CATALOGUE[code].status === 503 ? EXIT.unavailable : EXIT.failed;
}
