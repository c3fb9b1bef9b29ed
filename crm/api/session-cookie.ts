import { isSecure, pageCookie, type PageCookie } from '../../web/http/page-cookies.ts';

/** The cookie that carries a session's secret: out of reach for scripts, never sent along from another site. `origin` is what browsers see. */
export function sessionCookie(origin: string | undefined): PageCookie {
  return pageCookie('tidegate-session', isSecure(origin));
}
