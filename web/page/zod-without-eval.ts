import { z } from 'zod';

// zod tries to compile its checks with `new Function`, which the page's policy refuses. Imported before any schema is made.
z.config({ jitless: true });
