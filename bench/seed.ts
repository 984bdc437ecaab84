/** A large installation, written straight into the database: what a list has to cope with. */
import { Client } from 'pg';

/** Adds `count` service principals, each with a delivered assignment of the package. */
export async function seedAssignments(databaseUrl: string, what: { readonly packageId: string; readonly policyId: string; readonly count: number }): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  const parameters = [what.packageId, what.policyId, what.count];
  await client.query(`with made as (
      insert into directory_objects (id, type, display_name, app_id, data)
      select gen_random_uuid(), 'servicePrincipal', 'seeded ' || n, gen_random_uuid(), '{"tags": ["seeded"], "appRoleAssignmentRequired": false}'
        from generate_series(1, $3::int) n returning id)
    insert into assignments (id, access_package_id, policy_id, target_id, state, status, starts_at, ends_at)
    select gen_random_uuid(), $1, $2, id, 'delivered', 'Delivered', now(), now() + interval '30 days' from made`, parameters);
  await client.query('analyze');
  await client.end();
}
