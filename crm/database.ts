import { PrismaPg } from '@prisma/adapter-pg';
import type { Pool } from 'pg';
import { createPool } from '../adaptor/data/pool.ts';
import { PrismaClient as ControlClient } from '../prisma/generated/control/client.ts';
import { PrismaClient as CrmClient } from '../prisma/generated/crm/client.ts';

/** The CRM's database as the CRM application sees it: its own tables, and the control plane to read. */
export interface CrmDatabase extends AsyncDisposable {
  readonly crm: CrmClient;
  readonly control: ControlClient;
  /** The pool below both. */
  readonly pool: Pool;
  close(): Promise<void>;
}

/** Opens the CRM's database, lazily: nothing connects before the first query. `url` is that of the role `crm_page`. */
export function openCrmDatabase(url: string, maxConnections = 10): CrmDatabase {
  const pool = createPool(url, { applicationName: 'tidegate crm app', maxConnections });
  const adapter = new PrismaPg(pool);
  const crm = new CrmClient({ adapter });
  const control = new ControlClient({ adapter });
  const close = async (): Promise<void> => {
    await Promise.all([crm.$disconnect(), control.$disconnect()]);
    await pool.end();
  };
  return { crm, control, pool, close, [Symbol.asyncDispose]: close };
}
