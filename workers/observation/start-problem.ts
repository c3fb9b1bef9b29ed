import { TidegateError } from '../../exchange/errors.ts';
import { type Problem, toProblem } from '../../exchange/problem.ts';

/** What a process says that does not start. A busy port is the one fault of a start that is not Tidegate's own and that everybody meets. */
export function startProblem(error: unknown): Problem {
  return toProblem((error as NodeJS.ErrnoException).code === 'EADDRINUSE' ? new TidegateError('port-busy') : error);
}
