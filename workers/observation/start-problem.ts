import { translateDatabaseError } from '../../adaptor/data/database-error.ts';
import { ERROR_CATALOGUE } from '../../exchange/error-catalogue.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { exitCodeOf } from '../../exchange/exit-code.ts';
import { toProblem } from '../../exchange/problem.ts';
import { translateMissingFolder } from '../../files/working-folder.ts';
import { stackFrames } from './stack-frames.ts';

/** What a process says that does not start, and the exit code with which it ends. */
export interface StartProblem {
  readonly text: string;
  readonly exitCode: number;
}

/**
 * Why a process does not start: what is wrong, its code, what to do. A busy port is the one fault of a start that is not
 * Tidegate's own and that everybody meets. Of what is in no catalogue only its kind and the frames of its stack are told: its
 * text may quote what was read.
 */
export function startProblem(name: string, error: unknown): StartProblem {
  const isBusy = (error as NodeJS.ErrnoException | null)?.code === 'EADDRINUSE';
  const known = isBusy ? new TidegateError('port-busy') : translateDatabaseError(translateMissingFolder(error));
  const { code, detail } = toProblem(known);
  const where = code === 'unexpected' && known instanceof Error ? [known.name, ...stackFrames(known)].map((line) => `    ${line}\n`).join('') : '';
  return { text: `${name}: ${detail} [${code}]\n  What to do: ${ERROR_CATALOGUE[code].action}\n${where}`, exitCode: exitCodeOf(code) };
}
