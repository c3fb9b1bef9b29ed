import type { ClientBase } from 'pg';

/** Tenants of the sample cloud. The first is the one that the sample link belongs to. */
export const SAMPLE_TENANTS = ['acme', 'globex'] as const;

const EMPLOYEES = `
  insert into cloud.employees (tenant, id, email, name)
  select tenant, overlay(overlay(md5('tidegate sample employee ' || tenant || number) placing '8' from 13) placing '8' from 17)::uuid, local_part || '@' || tenant || '.example', name
  from unnest($1::text[]) as tenants (tenant),
    (values (1, 'kim', 'Kim Larsson'), (2, 'noor', 'Noor Haddad'), (3, 'pablo', 'Pablo Ríos')) as people (number, local_part, name)
  on conflict do nothing`;

/**
 * Gives two tenants of the cloud their employees; the same each time, and nothing twice. Records come by synchronisation.
 * Needs the administrator: no role of the cloud writes employees. Resolves to the number that was added.
 */
export async function seedSampleCloud(client: ClientBase): Promise<number> {
  const { rowCount } = await client.query(EMPLOYEES, [SAMPLE_TENANTS]);
  return rowCount ?? 0;
}
