import { z } from 'zod';

/**
 * Which life of which database this is (rule 12). A dump and restore changes `systemId`, a promotion or point-in-time
 * recovery changes `timeline`; an older file copy changes neither and shows as ordinals that went back.
 */
export const incarnationSchema = z.strictObject({
  /** Made once when the control plane was installed. */
  storeId: z.uuid(),
  /** `pg_control_system().system_identifier`, as text. */
  systemId: z.string().regex(/^\d+$/),
  timeline: z.int().positive(),
  /** Oid of the database, as text. */
  databaseId: z.string().regex(/^\d+$/),
});

/** Which life of which database this is. */
export type Incarnation = z.infer<typeof incarnationSchema>;

/** Names of the parts in which two incarnations differ; empty where they are the same. */
export function incarnationDifferences(a: Incarnation, b: Incarnation): readonly (keyof Incarnation)[] {
  return (['storeId', 'systemId', 'timeline', 'databaseId'] as const).filter((part) => a[part] !== b[part]);
}
