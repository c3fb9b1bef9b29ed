import { TidegateError } from '../exchange/errors.ts';

/** What a thrown value means where the working folder was removed under the process, so that no path can be told; others come back as they are. */
export function translateMissingFolder(error: unknown): unknown {
  if ((error as { syscall?: unknown } | null)?.syscall !== 'uv_cwd') return error;
  return new TidegateError('configuration-invalid', 'The working folder is gone: change into one that is there.', {}, { cause: error });
}
