/** Whoever sponsors an organization finds what it may ask for on behalf of its guests by them, however many guests and organizations there are. */
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { Caller } from '../../src/kernel/caller.ts';
import { all } from '../../src/platform/db/transaction.ts';
import { idOf } from '../support/crowd.ts';
import { testDatabase } from '../support/database.ts';
import { makeHouse, makePackage, makePolicy, person } from '../support/lifecycle.ts';
import { PlanReader } from '../support/plans.ts';

const database = await testDatabase();
const { db, owner } = database;
const reader = new PlanReader(database);

/** Three thousand organizations with three guests each; each has a sponsor inside and one outside. Everybody is in it, and packages are for guests that sponsors ask for. */
const organizations = 3000;
await sql.raw(`
  insert into directory_objects (id, type, display_name, user_principal_name, data)
    select md5('guest' || n)::uuid, 'user', 'Guest ' || n, 'guest' || n || '@example.com', jsonb_build_object('userType', 'Guest', 'mail', 'guest' || n || '@partner' || (n % ${organizations} + 1) || '.example') from generate_series(1, ${organizations * 3}) n;
  insert into directory_objects (id, type, display_name, user_principal_name) select md5('inside' || n)::uuid, 'user', 'Inside ' || n, 'inside' || n || '@example.com' from generate_series(1, ${organizations}) n;
  insert into connected_organizations (id, display_name, state, identity_sources)
    select md5('organization' || n)::uuid, 'Partner ' || n, 'configured', jsonb_build_array(jsonb_build_object('@odata.type', '#microsoft.graph.domainIdentitySource', 'domainName', 'partner' || n || '.example')) from generate_series(1, ${organizations}) n;
  insert into organization_marks (mark, organization_id) select 'domain:partner' || n || '.example', md5('organization' || n)::uuid from generate_series(1, ${organizations}) n;
  insert into organization_sponsors (organization_id, kind, sponsor_id) select md5('organization' || n)::uuid, 'internal', md5('inside' || n)::uuid from generate_series(1, ${organizations}) n;
  insert into organization_sponsors (organization_id, kind, sponsor_id) select md5('organization' || (n % ${organizations} + 1))::uuid, 'external', md5('guest' || n)::uuid from generate_series(1, ${organizations}) n;`).execute(owner);
const house = await makeHouse(db);
const sponsored = (kind: string) => ({ scope: 'allExternalUsers', requestor: { enableTargetsToSelfAddAccess: false, enableOnBehalfRequestorsToAddAccess: true, onBehalfRequestors: [{ '@odata.type': `#microsoft.graph.${kind}` }] } });
const [inner, outer] = [await makePackage(db, house), await makePackage(db, house)];
await makePolicy(db, inner, sponsored('internalSponsors'));
await makePolicy(db, outer, sponsored('externalSponsors'));
await sql.raw('vacuum analyze').execute(owner);

const [insider, stranger, outsider] = [person(idOf('inside', 77)), person(idOf('guest', 6077)), person(idOf('guest', 76))] as const;

describe('a policy that names the sponsors of organizations', () => {
  const list = '/identityGovernance/entitlementManagement/accessPackages/filterByCurrentUser(on=\'allowedRequestor\')';

  it.each<[string, Caller, readonly string[]]>([['a sponsor inside', insider, [inner]], ['a sponsor outside', outsider, [outer]], ['a guest who sponsors nobody', stranger, []]])('%s', async (_, caller, found) => {
    const page = await reader.get(list, caller);
    expect(page.ids).toEqual(found);
    expect(page.scanned, page.plan).toEqual([]);
    expect(page.rows, page.plan).toBeLessThanOrEqual(600);
  });

  it('holds the three guests of the organization, and the one who asks not among them', async () => {
    const targets = async ({ principalId }: Caller): Promise<readonly string[]> => (await all(db, sql<{ id: string }>`select id from targets_of(${principalId}::uuid, 4) order by id`)).map(({ id }) => id);
    expect(await targets(insider)).toEqual([76, 3076, 6076].map((n) => idOf('guest', n)).toSorted());
    expect(await targets(outsider)).toEqual([3076, 6076].map((n) => idOf('guest', n)).toSorted());
    expect(await targets(stranger)).toEqual([]);
  });
});
