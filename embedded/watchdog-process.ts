/**
 * The watchdog's own process: reads orders from standard input, and when that ends, ends what is still watched.
 * Signals to the supervisor's terminal don't reach it (it was started detached), and it ignores polite ones,
 * because its work begins when everything else has been told to end.
 */
import { createInterface } from 'node:readline';
import { endProcess, type Ending } from './end-process.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { removeReachableFolder } from './reachable-folder.ts';
import type { WatchdogOrder } from './watchdog.ts';

const watched = new Map<number, { identity: ProcessIdentity; ending: Ending }>();
const folders = new Set<string>();

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line) as WatchdogOrder;
  if ('watch' in order) watched.set(order.watch.pid, { identity: order.watch, ending: order.ending });
  else if ('forget' in order) watched.delete(order.forget);
  else folders.add(order.removeFolder);
}

for (const { identity, ending } of [...watched.values()].reverse()) await endProcess(identity, ending);
for (const folder of folders) removeReachableFolder(folder);
