import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { type Dispatcher, Pool } from 'undici';
import { type CheckServer, CheckedSockets } from './checked-sockets.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { ACCEPTED_PROTOCOL_VERSIONS, PROTOCOL_VERSION, versionPrefix } from '../../exchange/protocol.ts';
import { errorOfAnswer } from './problem-reader.ts';

/** Greatest size in bytes of an answer that is read whole (a signed object or a problem document). */
const MAX_ANSWER_BYTES = 1 << 20;

/** How the consumer reaches the producer. */
export interface ProducerConnectionOptions {
  /** Base URL of the producer, https. Paths are appended to it. */
  readonly baseUrl: string;
  /** This side's certificate and key, and the authority that signs the producer's certificate: `clientTlsOptions` of adaptor/auth. */
  readonly tls: Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'servername'>;
  /** Whether the producer's certificate is still believed, beyond what TLS itself checks. Asked at every connection and request. */
  readonly checkServer?: CheckServer;
  /** Every connection is made anew after so long. Default one hour. */
  readonly maxConnectionAgeMs?: number;
  /** Greatest number of connections, each kept and used again. Default 8: streams of an initial load, pump and reverse beside each other. */
  readonly maxConnections?: number;
  /** Time to connect, handshake included. Default 5 s. */
  readonly connectTimeoutMs?: number;
  /** Time from the last byte sent to the first byte of the answer: the producer's merge of a whole chunk. Default 2 minutes. */
  readonly answerTimeoutMs?: number;
  /** Greatest silence within an answer. Default 30 s. */
  readonly silenceTimeoutMs?: number;
  /** Versions of the protocol that this side speaks, the own one first. Default: those of this code (a test may stand for the next version). */
  readonly protocolVersions?: readonly number[];
}

/** One request. */
export interface ProducerRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | AsyncIterable<Uint8Array> | undefined;
  /** Ends the request early, e.g. when its activity is cancelled. */
  readonly signal?: AbortSignal | undefined;
  /** Added to the time-out for the answer, where the producer was asked to wait. */
  readonly holdMs?: number | undefined;
}

/** An answer with a status below 300. */
export interface ProducerAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Dispatcher.ResponseData['body'];
}

/** Kept HTTPS connections to the producer: TLS 1.3 only, both sides with certificates, redirects never followed, every wait bounded. */
export class ProducerConnection {
  readonly #pool: Pool;
  readonly #sockets: CheckedSockets;
  readonly #basePath: string;
  readonly #answerTimeoutMs: number;
  readonly #versions: readonly number[];
  #version: number;

  constructor(options: ProducerConnectionOptions) {
    const url = new URL(options.baseUrl);
    if (url.protocol !== 'https:') throw new TidegateError('configuration-invalid', 'The producer is reached over https only.');
    this.#basePath = url.pathname.replace(/\/$/, '');
    this.#versions = options.protocolVersions ?? ACCEPTED_PROTOCOL_VERSIONS;
    this.#version = this.#versions[0] ?? PROTOCOL_VERSION;
    this.#answerTimeoutMs = options.answerTimeoutMs ?? 120_000;
    const { ca, cert, key, servername } = options.tls;
    // An address is no server name (RFC 6066, 3): Node then checks the certificate for the address itself.
    const named = servername === undefined || isIP(servername) !== 0 ? {} : { servername };
    const connect = {
      ca,
      cert,
      key,
      ...named,
      minVersion: 'TLSv1.3',
      maxVersion: 'TLSv1.3',
      rejectUnauthorized: true,
      noDelay: true,
      timeout: options.connectTimeoutMs ?? 5000,
    } as const;
    this.#sockets = new CheckedSockets(connect, options.checkServer);
    this.#pool = new Pool(url.origin, {
      connect: this.#sockets.connect,
      clientTtl: options.maxConnectionAgeMs ?? 60 * 60_000,
      connections: options.maxConnections ?? 8,
      pipelining: 1,
      bodyTimeout: options.silenceTimeoutMs ?? 30_000,
      keepAliveTimeout: 20_000,
      keepAliveMaxTimeout: 50_000,
    });
  }

  /** The path as it is sent, which is what proofs name. */
  fullPath(path: string): string {
    return `${this.#basePath}${path.replace(versionPrefix(PROTOCOL_VERSION), versionPrefix(this.#version))}`;
  }

  /**
   * Sends a request that names no path in a proof, in the greatest version of the protocol that both sides speak: where the
   * producer does not take ours, it says which it takes. Throws as `send`, and `protocol-version` where there is none.
   */
  async sendNegotiating(request: ProducerRequest): Promise<ProducerAnswer> {
    try {
      return await this.send(request);
    } catch (error) {
      const accepted = error instanceof TidegateError && error.code === 'protocol-version' ? error.facts['accepted'] : undefined;
      const common = this.#versions.find((version) => Array.isArray(accepted) && accepted.includes(String(version)));
      if (common === undefined || common === this.#version) throw error;
      this.#version = common;
      return this.send(request);
    }
  }

  /** Sends a request. Throws the producer's own error, `connection-failed` (or the certificate codes) if there was no answer, or what the body threw. */
  async send(request: ProducerRequest): Promise<ProducerAnswer> {
    const local: { error?: unknown } = {};
    const body = typeof request.body === 'object' ? watched(request.body, local) : (request.body ?? null);
    try {
      await this.#sockets.check();
      const answer = await this.#pool.request({
        method: request.method,
        path: this.fullPath(request.path),
        headers: request.headers,
        body: body as NonNullable<Dispatcher.DispatchOptions['body']> | null,
        headersTimeout: this.#answerTimeoutMs + (request.holdMs ?? 0),
        signal: request.signal ?? null,
      });
      // An answer that nobody reads to its end must not end the process; whoever reads it gets the error all the same.
      answer.body.on('error', () => undefined);
      if (answer.statusCode >= 300) throw errorOfAnswer(answer.statusCode, await readText(answer.body), [answer.headers['retry-after']].flat()[0]);
      return { status: answer.statusCode, headers: answer.headers, body: answer.body };
    } catch (error) {
      if (local.error !== undefined) throw local.error;
      throw errorOfConnection(error, request.signal);
    }
  }

  /** Closes all connections once their requests are done. */
  async close(): Promise<void> {
    await this.#pool.close();
  }
}

/** Text of an answer that is read whole. Throws `too-large`, or `connection-failed` if it is cut. */
export async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const piece of body) {
      length += piece.length;
      if (length > MAX_ANSWER_BYTES) throw new TidegateError('too-large', 'The answer of the producer is too long.');
      pieces.push(piece);
    }
  } catch (error) {
    throw errorOfConnection(error);
  }
  return Buffer.concat(pieces).toString('utf8');
}

/** Keeps the error of a local stream, so that it is not taken for a fault of the connection. */
async function* watched(body: AsyncIterable<Uint8Array>, local: { error?: unknown }): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    local.error = error;
    throw error;
  }
}

/** TLS alerts (RFC 8446, 6.2) by which the producer refuses this side's certificate. */
const CERTIFICATE_ALERTS = {
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'certificate-missing',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: 'certificate-expired',
  ERR_SSL_SSL_ALERT_CERTIFICATE_EXPIRED: 'certificate-expired',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED: 'certificate-revoked',
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: 'client-not-allowed',
  ERR_SSL_SSL_ALERT_BAD_CERTIFICATE: 'client-not-allowed',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'client-not-allowed',
} as const;

/** What stands for a request without an answer. An abort by the caller stays what it was. */
export function errorOfConnection(error: unknown, signal?: AbortSignal): unknown {
  if (error instanceof TidegateError || signal?.aborted === true) return error;
  const cause = codeOf(error) ?? 'unknown';
  const refused = Object.entries(CERTIFICATE_ALERTS).find(([alert]) => alert === cause);
  if (refused) return new TidegateError(refused[1], undefined, { cause }, { cause: error });
  return new TidegateError('connection-failed', undefined, { cause }, { cause: error });
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' ? code : codeOf(error.cause);
}
