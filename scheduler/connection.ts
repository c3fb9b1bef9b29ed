import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection, type WorkflowClientInterceptor } from '@temporalio/client';
import { TidegateError } from '../exchange/errors.ts';

/** Where the Temporal server is. */
export interface TemporalAddress {
  /** host:port of the front end. */
  readonly address: string;
  readonly namespace: string;
  /** Gives up after so long, in milliseconds. Default 30 s. */
  readonly timeoutMs?: number;
  /** Around the client's calls, e.g. to hand on a trace. */
  readonly interceptors?: readonly WorkflowClientInterceptor[];
}

/** A client with its connection. `await using` closes it. */
export interface TemporalClient extends AsyncDisposable {
  readonly client: Client;
  readonly namespace: string;
  close(): Promise<void>;
}

/** Connects, and tries again until the time is over: the server may just be starting. Throws `temporal-unavailable`. */
export async function connectTemporal({ address, namespace, timeoutMs = 30_000, interceptors = [] }: TemporalAddress): Promise<TemporalClient> {
  const until = Date.now() + timeoutMs;
  for (;;) {
    try {
      const connection = await Connection.connect({ address, connectTimeout: Math.max(1000, Math.min(5000, timeoutMs)) });
      const close = (): Promise<void> => connection.close();
      const client = new Client({ connection, namespace, interceptors: { workflow: [...interceptors] } });
      return { client, namespace, close, [Symbol.asyncDispose]: close };
    } catch (cause) {
      if (Date.now() >= until) throw new TidegateError('temporal-unavailable', undefined, { address }, { cause });
      await sleep(250);
    }
  }
}
