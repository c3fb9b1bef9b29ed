import { config } from 'zod/v4';

// zod tries to compile its checks with `new Function`, which the page's policy refuses. The page's build gives this module to
// whoever imports zod, so that no chunk can make a schema before.
config({ jitless: true });

export * from 'zod/v4';
