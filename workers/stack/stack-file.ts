import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { HOME_FILES } from '../../configuration/home.ts';
import { writeSecretFile } from '../../files/secret-file.ts';

/** URLs of the processes' metrics. */
export interface StackMetrics {
  readonly crmApp?: string | undefined;
  readonly worker?: string | undefined;
  readonly temporalSdk?: string | undefined;
  readonly producer?: string | undefined;
  readonly cloudPage?: string | undefined;
}

/** What an outside program needs of the running stack; the database URLs are the administrator's. */
export interface StackFile {
  readonly temporal: { readonly address: string; readonly namespace: string; readonly ui: string };
  readonly crm: { readonly url: string; readonly databaseUrl: string };
  /** `pageUrl` is absent without the sample cloud. */
  readonly cloud: { readonly url: string; readonly plainUrl: string; readonly pageUrl?: string; readonly databaseUrl: string };
  readonly tls: { readonly ca: string; readonly crmCertificate: string; readonly crmKey: string };
  /** Absent where metrics are off. */
  readonly metrics?: StackMetrics;
  readonly pids: {
    readonly temporal: number | null;
    readonly crmPostgres: number | null;
    readonly cloudPostgres: number | null;
    readonly worker: number;
    readonly producer: number;
    readonly crmApp: number;
    readonly cloudPage: number | null;
  };
}

/** Writes `stack.json` for its owner only: whoever waits for it sees all of it. It holds the administrators' passwords. */
export async function writeStackFile(home: string, stack: StackFile): Promise<void> {
  await writeSecretFile(join(home, HOME_FILES.stack), `${JSON.stringify(stack, null, 2)}\n`);
}

/** Removes `stack.json`: the stack ends. */
export function removeStackFile(home: string): void {
  rmSync(join(home, HOME_FILES.stack), { force: true });
}
