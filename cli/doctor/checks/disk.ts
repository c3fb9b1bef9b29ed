import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Check, type Finding, fault, ok, warning } from '../finding.ts';
import type { Parts } from '../parts.ts';

const [FAULT_MB, WARN_MB] = [200, 2000];

/** Room where Tidegate keeps its home (keys, logs, the data of embedded parts) on this machine; a remote store's disk is its administrator's. */
export const disk: Check<Parts> = {
  name: 'disk',
  run: async ({ home }) => [await judge(home)],
};

async function judge(folder: string): Promise<Finding> {
  if (!existsSync(folder)) return judge(dirname(folder));
  const { bavail, bsize } = await statfs(folder);
  const megabytes = Math.floor((bavail * bsize) / 1e6);
  const detail = `${megabytes} MB are free`;
  if (megabytes < FAULT_MB) return fault(folder, detail, 'Make room at once: an embedded store and the logs are written there.');
  return megabytes < WARN_MB ? warning(folder, detail, 'Make room, or move TIDEGATE_HOME.') : ok(folder, detail);
}
