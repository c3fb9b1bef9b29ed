import { z } from 'zod';
import type { Operation } from '../../exchange/claims.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { PATHS } from '../../exchange/protocol.ts';
import { patiently } from './patiently.ts';
import { type ProducerConnection, readText } from './producer-connection.ts';

/** A token is not used for so long before it expires, so that it does not expire on its way. */
const EARLY_MS = 15_000;

/** What an access token allows. */
export interface TokenScope {
  readonly operations: readonly Operation[];
  readonly collections: readonly string[];
}

/** What is told of a token; its text stays inside the client, for it must not reach a workflow's history. */
export interface GrantedToken extends TokenScope {
  readonly expiresAt: Date;
}

interface HeldToken extends GrantedToken {
  readonly text: string;
}

const answerSchema = z.object({ access_token: z.string().min(1), token_type: z.literal('Bearer'), expires_in: z.int().positive() });

/** Access tokens of this client: requested by a signed assertion (RFC 7523), kept in memory until shortly before they expire. */
export class ProducerTokens {
  readonly #connection: ProducerConnection;
  readonly #createAssertion: () => Promise<string>;
  #held: HeldToken[] = [];

  constructor(connection: ProducerConnection, createAssertion: () => Promise<string>) {
    this.#connection = connection;
    this.#createAssertion = createAssertion;
  }

  /** A new token. Throws `invalid-token`, `client-not-allowed`, ... as the producer refuses. */
  async request(scope: TokenScope, signal?: AbortSignal): Promise<GrantedToken> {
    const { text: _, ...granted } = await this.#fetch(scope, signal);
    return granted;
  }

  /** Text of a held token that allows the operation on the collections, else of a new one for just that. */
  async textFor(scope: TokenScope, signal?: AbortSignal): Promise<string> {
    const now = Date.now() + EARLY_MS;
    this.#held = this.#held.filter((token) => token.expiresAt.getTime() > now);
    const fits = (token: HeldToken) =>
      scope.operations.every((operation) => token.operations.includes(operation)) &&
      scope.collections.every((collection) => token.collections.includes(collection));
    return (this.#held.find(fits) ?? (await this.#fetch(scope, signal))).text;
  }

  /** Forgets all tokens: the producer did not take one. */
  forget(): void {
    this.#held = [];
  }

  #fetch(scope: TokenScope, signal?: AbortSignal): Promise<HeldToken> {
    return patiently(() => this.#fetchOnce(scope, signal), signal);
  }

  async #fetchOnce(scope: TokenScope, signal?: AbortSignal): Promise<HeldToken> {
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await this.#createAssertion(),
      scope: [...scope.operations, ...scope.collections.map((collection) => `collection:${collection}`)].join(' '),
    });
    const asked = Date.now();
    const answer = await this.#connection.sendNegotiating({
      method: 'POST',
      path: PATHS.token,
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: form.toString(),
      signal,
    });
    const granted = readAnswer(await readText(answer.body));
    const token: HeldToken = { ...scope, text: granted.access_token, expiresAt: new Date(asked + granted.expires_in * 1000) };
    this.#held.push(token);
    return token;
  }
}

function readAnswer(text: string): z.infer<typeof answerSchema> {
  try {
    return answerSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new TidegateError('unexpected', 'The answer of the token endpoint cannot be read.', {}, { cause });
  }
}
