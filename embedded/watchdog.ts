import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Ending } from './end-process.ts';
import { ownProgram } from './own-program.ts';
import type { ProcessIdentity } from './process-identity.ts';

/** One line to the watchdog process. */
export type WatchdogOrder = { readonly watch: ProcessIdentity; readonly ending: Ending } | { readonly forget: number } | { readonly removeFolder: string };

/** A second process that ends the parts if this one is killed without a chance to do so. */
export interface Watchdog {
  readonly pid: number;
  /** Ends the process when this one is gone. */
  watch(identity: ProcessIdentity, ending: Ending): void;
  /** The process was ended here. */
  forget(pid: number): void;
  /** Removes a folder when this process is gone, after everything was ended. */
  removeFolder(folder: string): void;
  /** Does now what is left to do, as if this process had gone, and waits for it. */
  close(): Promise<void>;
}

/**
 * Starts the watchdog. It holds the other end of a pipe: the system closes the pipe whichever way this process ends,
 * and the watchdog then ends what it was told to watch, in reverse order.
 */
export async function startWatchdog(): Promise<Watchdog> {
  const child = spawn(process.execPath, [ownProgram(import.meta.url, 'watchdog-process')], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
  });
  const exited = once(child, 'exit');
  await once(child, 'spawn');
  // It must not keep this process alive by itself, nor end it with an event when it is gone.
  child.stdin.on('error', () => {});
  child.unref();
  const order = (line: WatchdogOrder): void => {
    child.stdin.write(`${JSON.stringify(line)}\n`);
  };
  return {
    pid: child.pid ?? 0,
    watch: (identity, ending) => order({ watch: identity, ending }),
    forget: (pid) => order({ forget: pid }),
    removeFolder: (folder) => order({ removeFolder: folder }),
    close: async () => {
      child.ref();
      child.stdin.end();
      await exited;
    },
  };
}
