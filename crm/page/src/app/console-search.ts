import { z } from 'zod';

/** What is looked at in the console: the view, and of runs which. What the address gets wrong is left out. */
export const consoleSearchSchema = z.object({
  tab: z.string().optional().catch(undefined),
  /** Direction of runs. */
  way: z.enum(['forward', 'reverse']).optional().catch(undefined),
  trigger: z.string().optional().catch(undefined),
  state: z.enum(['running', 'completed', 'failed', 'refused']).optional().catch(undefined),
  /** Id of a run, or of its workflow. */
  run: z.string().optional().catch(undefined),
  /** Of conflicts and of what was set aside: the key of the record that it is about. */
  record: z.string().max(1000).optional().catch(undefined),
  /** Runs that started before it. */
  before: z.iso.datetime().optional().catch(undefined),
});
