import { stat } from 'node:fs/promises';

/** Files are looked at so often. */
const INTERVAL_MS = 1000;

/** A watch over files; disposing ends it. */
export interface FileWatch extends Disposable {
  /** Looks now. Never throws. */
  look(): Promise<void>;
}

/**
 * Calls `onChange` after any of the files became another one: by size, time or inode of what the path leads to. Looked at
 * once a second, because notices of the file system do not come for mounted secrets, which are replaced by a link. It is
 * told once for each change. `since` is the signature of before the files were read, so that no change falls between.
 */
export function watchFiles(
  files: readonly string[],
  since: string,
  onChange: () => Promise<void>,
  { intervalMs = INTERVAL_MS }: { readonly intervalMs?: number } = {},
): FileWatch {
  let known = since;
  let running: Promise<void> | undefined;
  const lookOnce = async (): Promise<void> => {
    const now = await fileSignature(files);
    if (now === known) return;
    known = now;
    await onChange();
  };
  const look = (): Promise<void> => {
    running ??= lookOnce().finally(() => (running = undefined));
    return running;
  };
  const timer = setInterval(() => void look(), intervalMs).unref();
  return { look, [Symbol.dispose]: () => clearInterval(timer) };
}

/** What tells the files of now from those of another time. A file that is not there has a signature too. */
export async function fileSignature(files: readonly string[]): Promise<string> {
  const each = await Promise.all(
    files.map((file) =>
      stat(file, { bigint: true }).then(
        ({ ino, size, mtimeNs }) => `${ino}:${size}:${mtimeNs}`,
        () => 'absent',
      ),
    ),
  );
  return each.join(' ');
}
