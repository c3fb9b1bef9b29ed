import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection, type ConnectionOptions, type WorkflowClientInterceptor } from '@temporalio/client';
import type { PayloadCodec } from '@temporalio/common';
import { TidegateError } from '../exchange/errors.ts';
import { linkingToPage } from './page-links.ts';

/** Where the Temporal server is, and how it is reached. */
export interface TemporalServerPlace {
  /** host:port of the front end. */
  readonly address: string;
  readonly namespace: string;
  /** Absent: plain text. */
  readonly tls?: Exclude<ConnectionOptions['tls'], boolean | null | undefined>;
  readonly apiKey?: string;
}

/** A Temporal server to connect to. */
export interface TemporalAddress extends TemporalServerPlace {
  /** Gives up after so long, in milliseconds. Default 30 s. */
  readonly timeoutMs?: number;
  /** Around the client's calls, e.g. to hand on a trace. */
  readonly interceptors?: readonly WorkflowClientInterceptor[];
  /** Address of the CRM's page: workflows that are started lead to it. Absent: they do not. */
  readonly crmPage?: string | undefined;
  /** Encodes and decodes payloads; absent: they are plain. */
  readonly codec?: PayloadCodec;
}

/** A client with its connection. `await using` closes it. */
export interface TemporalClient extends AsyncDisposable {
  readonly client: Client;
  readonly namespace: string;
  close(): Promise<void>;
}

/** What the SDK's connections take of a place: of its client, and of its worker. */
export function connectionOptions({ address, tls, apiKey }: TemporalServerPlace): Omit<TemporalServerPlace, 'namespace'> {
  return { address, ...(tls === undefined ? {} : { tls }), ...(apiKey === undefined ? {} : { apiKey }) };
}

/** Connects, and tries again until the time is over: the server may just be starting. Throws `temporal-unavailable`. */
export async function connectTemporal({ timeoutMs = 30_000, interceptors = [], crmPage, codec, ...place }: TemporalAddress): Promise<TemporalClient> {
  const { address, namespace } = place;
  const until = Date.now() + timeoutMs;
  for (;;) {
    try {
      const connection = await Connection.connect({ ...connectionOptions(place), connectTimeout: Math.max(1000, Math.min(5000, timeoutMs)) });
      const close = (): Promise<void> => connection.close();
      const dataConverter = codec === undefined ? {} : { payloadCodecs: [codec] };
      const workflow = [...interceptors, ...(crmPage === undefined ? [] : [linkingToPage(crmPage)])];
      const client = new Client({ connection, namespace, dataConverter, interceptors: { workflow } });
      return { client, namespace, close, [Symbol.asyncDispose]: close };
    } catch (cause) {
      if (Date.now() >= until) throw new TidegateError('temporal-unavailable', undefined, { address }, { cause });
      await sleep(250);
    }
  }
}
