/** A very large installation, written straight into the database: a million assignments over a thousand packages. */
import { Client } from 'pg';

/** How much of what. Every package is held by `assignments / packages` targets. */
export const million = { catalogs: 100, packages: 1000, targets: 20_000, assignments: 1_000_000 } as const;

/** Id of the `n`th seeded thing of a kind, the same in SQL and here. */
export type SeededKind = 'catalog' | 'package' | 'policy' | 'target' | 'assignment';

/** SQL for {@link SeededKind} ids. */
const id = (kind: SeededKind, n: string): string => `md5('bench ${kind} ' || (${n}))::uuid`;

/** Ids that the pages name. */
export interface SeededIds {
  readonly catalogId: string;
  readonly packageId: string;
  readonly policyId: string;
  readonly targetId: string;
}

const statements = [
  `insert into catalogs (id, display_name, description) select ${id('catalog', 'n')}, 'catalog ' || n, 'seeded' from generate_series(1, ${million.catalogs}) n`,
  `insert into access_packages (id, catalog_id, display_name, description) select ${id('package', 'n')}, ${id('catalog', `1 + n % ${million.catalogs}`)}, 'package ' || n, 'seeded' from generate_series(1, ${million.packages}) n`,
  `insert into assignment_policies (id, access_package_id, display_name, allowed_target_scope, expiration, requestor_settings, request_approval_settings)
     select ${id('policy', 'n')}, ${id('package', 'n')}, 'policy ' || n, p.allowed_target_scope, p.expiration, p.requestor_settings, p.request_approval_settings
       from generate_series(1, ${million.packages}) n cross join (select * from assignment_policies limit 1) p`,
  `insert into directory_objects (id, type, display_name, app_id, data)
     select ${id('target', 'n')}, 'servicePrincipal', 'target ' || n, gen_random_uuid(), '{"tags": ["seeded"], "appRoleAssignmentRequired": false}' from generate_series(1, ${million.targets}) n`,
  // Each target holds fifty packages that lie apart; one in ten has ended.
  `insert into assignments (id, access_package_id, policy_id, target_id, state, status, starts_at, ends_at, expired_at)
     select ${id('assignment', 'n')}, ${id('package', 'k')}, ${id('policy', 'k')}, ${id('target', `1 + n % ${million.targets}`)},
            case when n % 10 = 0 then 'expired' else 'delivered' end, case when n % 10 = 0 then 'ExpiredNotificationTriggered' else 'Delivered' end,
            now() - interval '30 days', case when n % 10 = 0 then now() - interval '1 day' else now() + interval '30 days' end, case when n % 10 = 0 then now() - interval '1 day' end
       from (select n, 1 + (n % ${million.targets} + 20 * (n / ${million.targets})) % ${million.packages} as k from generate_series(0, ${million.assignments - 1}) n) s`,
];

/** Seeds a database that holds at least one policy, and answers what the pages are about. */
export async function seedMillion(databaseUrl: string): Promise<SeededIds> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
    await client.query('vacuum analyze');
    const named = `select ${id('catalog', '8')} as "catalogId", ${id('package', '7')} as "packageId", ${id('policy', '7')} as "policyId", ${id('target', '77')} as "targetId"`;
    const { rows: [ids] } = await client.query<SeededIds>(named);
    if (ids === undefined) throw new Error('the database answered nothing');
    return ids;
  } finally {
    await client.end();
  }
}
