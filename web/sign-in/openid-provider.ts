import { isIP } from 'node:net';
import * as openid from 'openid-client';
import { z } from 'zod';
import { TidegateError } from '../../exchange/errors.ts';

/** How users sign in with an OpenID provider (OpenID Connect Core 1.0, authorization code with PKCE). */
export interface OpenIdOptions {
  /** The provider's issuer; https, or http on loopback. */
  readonly issuer: string;
  readonly clientId: string;
  /** Left out for a public client. */
  readonly clientSecret?: string | undefined;
  /** What the page calls the provider. */
  readonly name: string;
  readonly scope: string;
  /** The claim that says what a user may do: a text or a list of texts. */
  readonly roleClaim: string;
  /** Roles here by values of the claim, the first that fits counts; `*` fits everybody. */
  readonly roles: readonly (readonly [value: string, role: string])[];
  /** Whether an e-mail address counts that the provider does not call verified. */
  readonly trustEmail: boolean;
  /** Where the provider sends users back to. */
  readonly redirectUri: string;
}

/** What has to be remembered between leaving for the provider and coming back; it stays in the user's browser. */
export const openIdAttemptSchema = z.strictObject({ state: z.string().min(20), nonce: z.string().min(20), verifier: z.string().min(43) });

/** State, nonce and code verifier of one attempt. */
export type OpenIdAttempt = z.infer<typeof openIdAttemptSchema>;

/** A user as the provider vouches for. */
export interface OpenIdIdentity {
  readonly issuer: string;
  readonly subject: string;
  readonly email: string;
  readonly name: string;
  /** The role that the claim maps to. */
  readonly role: string;
}

/** An OpenID provider that users sign in with. */
export interface OpenIdProvider {
  readonly name: string;
  /** Where to send a user, and what to remember. Throws `identity-provider-failed`. */
  begin(): Promise<{ readonly url: URL; readonly attempt: OpenIdAttempt }>;
  /** Who came back. Throws `identity-provider-failed` for an answer that does not fit the attempt, `identity-refused` without role or e-mail address. */
  finish(answer: URLSearchParams, attempt: OpenIdAttempt): Promise<OpenIdIdentity>;
}

const claimsSchema = z.object({
  sub: z.string().min(1).max(255),
  email: z.string().trim().toLowerCase().max(320).optional(),
  email_verified: z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]).optional(),
  name: z.string().trim().max(200).optional(),
});

/** Makes it; the provider is asked for its metadata when the first user comes, and again where that failed. */
export function openIdProvider(options: OpenIdOptions): OpenIdProvider {
  let discovered: Promise<openid.Configuration> | undefined;
  const configuration = async (): Promise<openid.Configuration> => {
    discovered ??= discover(options);
    try {
      return await discovered;
    } catch (error) {
      discovered = undefined;
      throw error;
    }
  };
  return {
    name: options.name,
    begin: () =>
      orFailed(async () => {
        const attempt = { state: openid.randomState(), nonce: openid.randomNonce(), verifier: openid.randomPKCECodeVerifier() };
        const url = openid.buildAuthorizationUrl(await configuration(), {
          redirect_uri: options.redirectUri,
          scope: options.scope,
          state: attempt.state,
          nonce: attempt.nonce,
          code_challenge: await openid.calculatePKCECodeChallenge(attempt.verifier),
          code_challenge_method: 'S256',
        });
        return { url, attempt };
      }),
    finish: (answer, { state, nonce, verifier }) =>
      orFailed(async () => {
        const config = await configuration();
        const tokens = await openid.authorizationCodeGrant(config, new URL(`?${answer}`, options.redirectUri), {
          pkceCodeVerifier: verifier,
          expectedState: state,
          expectedNonce: nonce,
          idTokenExpected: true,
        });
        const claims = tokens.claims();
        if (claims === undefined) throw new TidegateError('identity-provider-failed');
        const asked = config.serverMetadata().userinfo_endpoint === undefined ? {} : await openid.fetchUserInfo(config, tokens.access_token, claims.sub);
        return identityOf(options, claims.iss, { ...asked, ...claims });
      }),
  };
}

async function discover({ issuer, clientId, clientSecret }: OpenIdOptions): Promise<openid.Configuration> {
  const url = new URL(issuer);
  const authentication = clientSecret === undefined ? openid.None() : openid.ClientSecretBasic(clientSecret);
  return openid.discovery(url, clientId, {}, authentication, isLoopback(url) ? { execute: [openid.allowInsecureRequests] } : {});
}

function identityOf(options: OpenIdOptions, issuer: string, claims: Readonly<Record<string, unknown>>): OpenIdIdentity {
  const known = claimsSchema.safeParse(claims);
  if (!known.success) throw new TidegateError('identity-provider-failed', 'Its claims cannot be read.');
  const { sub, email = '', email_verified: verified = false, name = '' } = known.data;
  if (email === '' || !(verified || options.trustEmail)) throw new TidegateError('identity-refused', 'The provider vouches for no e-mail address.');
  const claimed = claims[options.roleClaim];
  const values = new Set(Array.isArray(claimed) ? claimed : [claimed]);
  const role = options.roles.find(([value]) => value === '*' || values.has(value))?.[1];
  if (role === undefined) throw new TidegateError('identity-refused', 'No role here belongs to what the provider says of the user.');
  return { issuer, subject: sub, email, name: name === '' ? email : name, role };
}

/** What the library throws may hold tokens and claims: only its code goes on. */
async function orFailed<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof TidegateError) throw error;
    const { code, error: answered } = error as { code?: unknown; error?: unknown };
    const reason = [answered, code].find((text): text is string => typeof text === 'string' && /^[\w.-]{1,60}$/.test(text));
    throw new TidegateError('identity-provider-failed', undefined, { reason: reason ?? null });
  }
}

function isLoopback({ hostname, protocol }: URL): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  return protocol === 'http:' && (host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.')));
}
