import type { ProvedRequest } from '../auth/proof.ts';
import { type LinkIdentity, linkName } from '../../exchange/names.ts';
import { JWS_MEDIA_TYPE, PATHS, PROOF_HEADER, WINDOW_MEDIA_TYPE, WINDOW_MEDIA_TYPES } from '../../exchange/protocol.ts';
import type { RowForm } from '../../exchange/wire-row.ts';
import { TidegateError } from '../../exchange/errors.ts';
import type { Operation } from '../../exchange/claims.ts';
import { patiently } from './patiently.ts';
import { ProducerConnection, type ProducerConnectionOptions, type ProducerAnswer, errorOfConnection, readText } from './producer-connection.ts';
import { type GrantedToken, ProducerTokens, type TokenScope } from './producer-tokens.ts';
import { type IncomingBody, type VerifyManifest, readWindowBody } from './window-body-reader.ts';
import { writeWindowBody } from './window-body-writer.ts';

/** What the client needs of the authentication module; its keys stay there. */
export interface ProducerClientAuth {
  /** A signed client assertion, new for each call. */
  createAssertion(): Promise<string>;
  /** A signed proof, new for each call. */
  createProof(request: ProvedRequest): Promise<string>;
  /** Throws `key-unknown` where one of the sides is no longer believed at this one: then nothing is sent. */
  assertTrusted?(): Promise<void>;
}

/** A connection with the tokens that are bound to its certificate. */
interface Line {
  readonly connection: ProducerConnection;
  readonly tokens: ProducerTokens;
  /** Calls that use it now. */
  users: number;
  /** Called once nobody uses a line that was replaced. */
  retire?: () => void;
}

/** What a client is made of. */
export interface ProducerClientOptions extends ProducerConnectionOptions {
  readonly link: LinkIdentity;
  readonly auth: ProducerClientAuth;
}

/** Which window of a collection. */
export interface WindowPlace {
  readonly collection: string;
  readonly ordinal: number;
  readonly signal?: AbortSignal | undefined;
}

/** A window or chunk to send: its CSV bytes, and who signs its manifest once their digest (SHA-256, base64url) is known. */
export interface OutgoingWindow extends WindowPlace {
  readonly rows: AsyncIterable<Uint8Array>;
  readonly manifest: (digest: string) => Promise<string>;
}

/** A chunk of an initial load on its way to the producer. */
export interface OutgoingChunk extends OutgoingWindow {
  readonly chunk: number;
  /** Form of `rows`, one that the producer takes. Default: CSV. */
  readonly form?: RowForm;
}

/** Asks for the next reverse window under a message. */
export interface ReverseFetch {
  readonly collection: string;
  /** The reverse synchronisation message, as it was signed. */
  readonly message: string;
  /** The message's `holdMs`: so much longer is the answer waited for. */
  readonly holdMs: number;
  readonly verify: VerifyManifest;
  readonly signal?: AbortSignal | undefined;
}

/** Reading and hashing a whole table may take so much longer than other answers. */
const RECONCILE_HOLD_MS = 15 * 60_000;

/**
 * The consumer's end of the wire, for one link. Every request carries an access token and a fresh proof; a token is asked
 * for where none is held that allows the operation. Answers that are signed come back as their text, for the caller to verify.
 * Throws the producer's own errors by their code, and `connection-failed` where there was no answer.
 */
export class ProducerClient {
  readonly link: LinkIdentity;
  readonly #auth: ProducerClientAuth;
  readonly #options: ProducerClientOptions;
  readonly #closing = new Set<Promise<void>>();
  #line: Line;

  constructor(options: ProducerClientOptions) {
    this.link = options.link;
    this.#auth = options.auth;
    this.#options = options;
    this.#line = this.#openLine(options.tls);
  }

  /** Throws `key-unknown` where one of the sides is no longer believed at this one. */
  async assertTrusted(): Promise<void> {
    await this.#auth.assertTrusted?.();
  }

  /** Asks for an access token and keeps it for the requests that follow; its text is not told. */
  async requestToken(scope: TokenScope, signal?: AbortSignal): Promise<GrantedToken> {
    await this.assertTrusted();
    return this.#using((line) => line.tokens.request(scope, signal));
  }

  /**
   * Presents another certificate, or believes another authority, from the next request on. Requests that are under way end
   * on their own connections, which are closed then.
   */
  renew(tls: ProducerClientOptions['tls']): void {
    const before = this.#line;
    this.#line = this.#openLine(tls);
    const { promise: unused, resolve } = Promise.withResolvers<void>();
    before.retire = resolve;
    if (before.users === 0) resolve();
    const closed = unused.then(() => before.connection.close()).finally(() => this.#closing.delete(closed));
    closed.catch(() => undefined);
    this.#closing.add(closed);
  }

  /** Opens the link (claims: openingClaimsSchema). Answers with the signed opening answer. */
  open(opening: string, collections: readonly string[], signal?: AbortSignal): Promise<string> {
    return this.#exchange('POST', PATHS.opening(linkName(this.link)), opening, { operations: ['open'], collections }, signal);
  }

  /** Registers a collection's definition. Answers with the signed registration answer. */
  register(collection: string, registration: string, signal?: AbortSignal): Promise<string> {
    return this.#exchange('PUT', PATHS.registration(linkName(this.link), collection), registration, scope('register', collection), signal);
  }

  /** Sends a window. Answers with its signed receipt. */
  sendWindow(window: OutgoingWindow): Promise<string> {
    return this.#sendRows(PATHS.window(linkName(this.link), window.collection, window.ordinal), window);
  }

  /** Sends a chunk of an initial load. Answers with its signed receipt. */
  sendChunk(chunk: OutgoingChunk): Promise<string> {
    return this.#sendRows(PATHS.chunk(linkName(this.link), chunk.collection, chunk.ordinal, chunk.chunk), chunk, chunk.form);
  }

  /** Closes an initial load with its manifest. Answers with the signed receipt of the load. */
  closeLoad(close: WindowPlace & { readonly manifest: string }): Promise<string> {
    const path = PATHS.closeLoad(linkName(this.link), close.collection, close.ordinal);
    return this.#exchange('POST', path, close.manifest, scope('forward', close.collection), close.signal);
  }

  /** Asks what became of a window that got no answer. Answers with its signed receipt; a window never applied is void from then on. */
  settle(settle: WindowPlace & { readonly settlement: string }): Promise<string> {
    const path = PATHS.settle(linkName(this.link), settle.collection, settle.ordinal);
    return this.#exchange('POST', path, settle.settlement, scope('forward', settle.collection), settle.signal);
  }

  /** Orders the values of a record destroyed (claims: erasureClaimsSchema). Answers with the signed erasure receipt. */
  erase({ collection, erasure, signal }: { readonly collection: string; readonly erasure: string; readonly signal?: AbortSignal }): Promise<string> {
    return this.#exchange('POST', PATHS.erasures(linkName(this.link), collection), erasure, scope('forward', collection), signal);
  }

  /** The next reverse window under a message, or undefined when there is nothing (more). Rows have to be read to the end, then the manifest. */
  fetchReverse(fetch: ReverseFetch): Promise<IncomingBody | undefined> {
    return this.#fetchRows(PATHS.reverse(linkName(this.link), fetch.collection), fetch);
  }

  /** What an order would bring, or undefined where there is nothing; `message` is the signed preview. Rows are read as those of a window. */
  fetchPreview(fetch: Omit<ReverseFetch, 'holdMs'>): Promise<IncomingBody | undefined> {
    return this.#fetchRows(PATHS.preview(linkName(this.link), fetch.collection), { ...fetch, holdMs: 0 });
  }

  async #fetchRows(path: string, fetch: ReverseFetch): Promise<IncomingBody | undefined> {
    const answer = await this.#send('POST', path, scope('reverse', fetch.collection), {
      jws: fetch.message,
      accept: WINDOW_MEDIA_TYPE,
      holdMs: fetch.holdMs,
      signal: fetch.signal,
    });
    if (answer.status === 204) {
      await answer.body.dump();
      return undefined;
    }
    if (answer.headers['content-type'] !== WINDOW_MEDIA_TYPE) {
      answer.body.destroy();
      throw new TidegateError('batch-refused', 'The answer is not a window.');
    }
    return readWindowBody(asConnectionErrors(answer.body, fetch.signal), fetch.verify);
  }

  /** Returns the CRM's signed receipt of a reverse window. */
  async returnReceipt(receipt: WindowPlace & { readonly receipt: string }): Promise<void> {
    const path = PATHS.reverseReceipt(linkName(this.link), receipt.collection, receipt.ordinal);
    await this.#exchange('POST', path, receipt.receipt, scope('reverse', receipt.collection), receipt.signal);
  }

  /** Asks how the cloud's records compare (claims: reconciliationClaimsSchema). Answers with the signed answer; large tables take long. */
  async reconcile(collection: string, question: string, signal?: AbortSignal): Promise<string> {
    const path = PATHS.reconciliation(linkName(this.link), collection);
    const answer = await this.#send('POST', path, scope('reconcile', collection), { jws: question, holdMs: RECONCILE_HOLD_MS, signal });
    return readText(answer.body);
  }

  /** Whether the producer is up: its answer's body. */
  async health(): Promise<unknown> {
    return this.#using(async ({ connection }) => {
      const answer = await connection.sendNegotiating({ method: 'GET', path: PATHS.health, headers: { accept: 'application/json' } });
      return JSON.parse(await readText(answer.body));
    });
  }

  /** Closes the connections once their requests are done. */
  async close(): Promise<void> {
    await Promise.all([this.#line.connection.close(), ...this.#closing]);
  }

  #openLine(tls: ProducerClientOptions['tls']): Line {
    const connection = new ProducerConnection({ ...this.#options, tls });
    return { connection, tokens: new ProducerTokens(connection, () => this.#auth.createAssertion()), users: 0 };
  }

  /** Holds on to the line of now, whatever becomes of it meanwhile: a token belongs to the certificate that it was asked for with. */
  async #using<T>(act: (line: Line) => Promise<T>): Promise<T> {
    const line = this.#line;
    line.users++;
    try {
      return await act(line);
    } finally {
      line.users--;
      if (line.users === 0) line.retire?.();
    }
  }

  async #sendRows(path: string, window: OutgoingWindow, form: RowForm = 'csv'): Promise<string> {
    const rows = writeWindowBody(window.rows, window.manifest);
    const answer = await this.#send('PUT', path, scope('forward', window.collection), { rows, type: WINDOW_MEDIA_TYPES[form], signal: window.signal });
    return readText(answer.body);
  }

  async #exchange(method: 'POST' | 'PUT', path: string, jws: string, needed: TokenScope, signal?: AbortSignal): Promise<string> {
    const answer = await this.#send(method, path, needed, { jws, signal });
    return readText(answer.body);
  }

  async #send(method: 'POST' | 'PUT', path: string, needed: TokenScope, what: Sent): Promise<ProducerAnswer> {
    await this.assertTrusted();
    const send = () => this.#using((line) => this.#sendOn(line, method, path, needed, what));
    // A stream of rows is read once: whoever has the rows sends it again.
    return what.rows === undefined ? patiently(send, what.signal) : send();
  }

  async #sendOn({ connection, tokens }: Line, method: 'POST' | 'PUT', path: string, needed: TokenScope, what: Sent): Promise<ProducerAnswer> {
    const accessToken = await tokens.textFor(needed, what.signal);
    const proof = await this.#auth.createProof({
      method,
      path: connection.fullPath(path),
      accessToken,
      ...(what.jws === undefined ? {} : { body: what.jws }),
    });
    const headers = {
      authorization: `Bearer ${accessToken}`,
      [PROOF_HEADER]: proof,
      'content-type': what.type ?? JWS_MEDIA_TYPE,
      accept: what.accept ?? JWS_MEDIA_TYPE,
    };
    try {
      return await connection.send({ method, path, headers, body: what.jws ?? what.rows, holdMs: what.holdMs, signal: what.signal });
    } catch (error) {
      if (error instanceof TidegateError && error.code === 'invalid-token') tokens.forget();
      throw error;
    }
  }
}

/** What a request carries. */
interface Sent {
  readonly jws?: string;
  readonly rows?: AsyncIterable<Uint8Array>;
  /** Media type of what it carries; absent: a signed object. */
  readonly type?: string;
  readonly accept?: string;
  readonly holdMs?: number;
  readonly signal?: AbortSignal | undefined;
}

function scope(operation: Operation, collection: string): TokenScope {
  return { operations: [operation], collections: [collection] };
}

/** A body cut on its way is a fault of the connection. */
async function* asConnectionErrors(body: AsyncIterable<Uint8Array>, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw errorOfConnection(error, signal);
  }
}
