import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';

/** A user of the provider, by the name with which the user signs in there. */
export type ProviderUser = Readonly<Record<string, unknown>>;

/** A real OpenID provider on loopback, where every password is right. `await using` stops it. */
export interface TestOpenIdProvider extends AsyncDisposable {
  readonly issuer: string;
  /** Claims by user; may be changed while it runs. */
  readonly users: Map<string, ProviderUser>;
}

/** Credentials of the only client. */
export const OPENID_CLIENT = { id: 'tidegate-page', secret: 'a secret of the client, for tests only' } as const;

/** Starts it for a page's redirect address. It asks for PKCE, and shows its own sign-in form and consent. */
export async function startOpenIdProvider(redirectUri: string): Promise<TestOpenIdProvider> {
  const server: Server = createServer((request, response) => handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const users = new Map<string, ProviderUser>();
  const provider = new Provider(issuer, {
    clients: [
      { client_id: OPENID_CLIENT.id, client_secret: OPENID_CLIENT.secret, redirect_uris: [redirectUri], token_endpoint_auth_method: 'client_secret_basic' },
    ],
    claims: { openid: ['sub', 'roles'], email: ['email', 'email_verified'], profile: ['name'] },
    findAccount: (_context, id) => ({ accountId: id, claims: async () => ({ sub: id, ...users.get(id) }) }),
    ttl: { Interaction: 600, Session: 3600, Grant: 3600, AccessToken: 600, IdToken: 600 },
    pkce: { required: () => true },
    cookies: { keys: ['for tests only'] },
    features: { devInteractions: { enabled: true } },
  });
  const handle = provider.callback();
  return {
    issuer,
    users,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A browser without a page: follows redirections, keeps cookies by host, and fills the provider's forms in. */
export class FormBrowser {
  readonly #cookies = new Map<string, Map<string, string>>();
  readonly #stopBefore: string | undefined;

  /** Redirections to addresses that begin so are not followed: the test goes there itself. */
  constructor(stopBefore?: string) {
    this.#stopBefore = stopBefore;
  }

  /** Gets an address, with redirections, until something else comes. */
  async get(address: string): Promise<{ url: URL; response: Response; text: string }> {
    return this.#follow(new URL(address), { method: 'GET' });
  }

  /** Sends a form of the page that was got. */
  async submit(page: { url: URL; text: string }, fields: Readonly<Record<string, string>>): Promise<{ url: URL; response: Response; text: string }> {
    const action = /<form[^>]*action="([^"]+)"/.exec(page.text)?.[1];
    if (action === undefined) throw new Error(`No form at ${page.url.pathname}.`);
    const hidden = [...page.text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value] as const);
    const body = new URLSearchParams({ ...Object.fromEntries(hidden), ...fields });
    return this.#follow(new URL(action, page.url), { method: 'POST', body });
  }

  /** Cookies of a host with port, for what is asked besides. */
  cookies(host: string): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#cookies.get(host) ?? []);
  }

  async #follow(url: URL, init: RequestInit): Promise<{ url: URL; response: Response; text: string }> {
    const jar = this.#cookies.get(url.host) ?? new Map<string, string>();
    this.#cookies.set(url.host, jar);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { ...init, redirect: 'manual', headers: { cookie, accept: 'text/html' } });
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(';');
      const [name = '', ...value] = pair.split('=');
      const over = attributes.some((attribute) => /expires=.*1970/i.test(attribute));
      if (over) jar.delete(name);
      else jar.set(name, value.join('='));
    }
    const location = response.headers.get('location');
    if (location !== null && response.status >= 300 && response.status < 400) {
      const next = new URL(location, url);
      if (this.#stopBefore !== undefined && next.href.startsWith(this.#stopBefore)) return { url: next, response, text: '' };
      return this.#follow(next, { method: 'GET' });
    }
    return { url, response, text: await response.text() };
  }
}

/** Signs a user in at the provider: from a page's door through the provider's forms, back to the page. */
export async function signInThrough(browser: FormBrowser, door: string, user: string): Promise<{ url: URL; response: Response; text: string }> {
  const form = await browser.get(door);
  let page = await browser.submit(form, { login: user, password: 'any' });
  if (page.text.includes('"consent"')) page = await browser.submit(page, {});
  return page;
}
