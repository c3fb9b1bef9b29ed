import { TidegateError } from '../exchange/errors.ts';
import { readText } from '../files/text-file.ts';

/** Text of a small file that the operator named on the command line. Throws `bad-request`, which names the file and not what it holds. */
export function readNamedFile(file: string): string {
  const { text, fault } = readText(file);
  if (fault !== undefined) throw new TidegateError('bad-request', `${file} ${fault}.`);
  return text;
}
