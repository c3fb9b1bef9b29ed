import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Pool } from 'pg';
import { TidegateError } from '../../exchange/errors.ts';
import { isSecure, pageCookie, type PageCookie } from '../../web/http/page-cookies.ts';
import type { OpenIdProvider } from '../../web/sign-in/openid-provider.ts';
import type { RateBound } from '../../web/http/request-limit.ts';
import type { SignInLimit } from '../../web/sign-in/sign-in-limit.ts';
import { employeeMay, type EmployeeRight, type SignedInEmployee } from '../employees/roles.ts';

/** How employees sign in. */
export interface EmployeeSignIn {
  readonly passwords: boolean;
  /** The provider of one tenant. */
  readonly openId?: { readonly provider: OpenIdProvider; readonly tenant: string } | undefined;
}

/** What endpoints of the cloud's page work with. */
export interface CloudApiContext {
  /** As `cloud_page`: who signs in. */
  readonly door: Pool;
  /** As `cloud_user`: records, under the row rule and the field rule. */
  readonly records: Pool;
  readonly signIn: EmployeeSignIn;
  readonly signInLimit: SignInLimit;
  /** Bound of the requests of each employee; absent: the usual one. */
  readonly rateBound?: RateBound | undefined;
  /** Origin that browsers see; undefined: what the request's Host says. */
  readonly origin: string | undefined;
}

/** Adds one endpoint, or the endpoints of one path. */
export type CloudEndpoint = (app: FastifyInstance, context: CloudApiContext) => void;

declare module 'fastify' {
  interface FastifyRequest {
    /** Which employee is signed in at the cloud's page; null for nobody. */
    employee: SignedInEmployee | null;
  }
}

/** The cookie of the cloud's sessions. */
export function employeeCookie(origin: string | undefined): PageCookie {
  return pageCookie('tidegate-cloud-session', isSecure(origin));
}

/**
 * The employee of a request. Throws `not-signed-in`, `not-allowed` where the role lacks the right, or `password-change-needed` where the
 * password is one that an administrator gave.
 */
export function requireEmployee(request: FastifyRequest, right: EmployeeRight): SignedInEmployee {
  if (request.employee === null) throw new TidegateError('not-signed-in');
  if (request.employee.mustChangePassword) throw new TidegateError('password-change-needed');
  if (!employeeMay(request.employee.role, right)) throw new TidegateError('not-allowed', undefined, { role: request.employee.role });
  return request.employee;
}
