import { z } from 'zod';

/**
 * What a producer says of itself (`GET /v1/health`). Beside whether it is up and what it speaks, all is optional: it lets
 * the CRM's operator see a fault of the third party's side without a way into it.
 */
export const healthSchema = z.object({
  status: z.literal('up'),
  /** Major version of the protocol. */
  protocol: z.int(),
  /** Versions that it takes. */
  accepts: z.array(z.int()),
  /** Its clock at the answer, in milliseconds since 1970. */
  timeMs: z.number().optional(),
  /** Its store's clock. */
  storeTimeMs: z.number().optional(),
  /** Versions of what it runs on. */
  versions: z.object({ node: z.string(), postgres: z.string() }).partial().optional(),
});

/** What a producer says of itself. */
export type Health = z.infer<typeof healthSchema>;
