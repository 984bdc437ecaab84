/** Parts of a statement: who could ask for which package, before and after. As sets: the rule for one identity is `isInScope` (requests/rules/policy.ts), and a property test holds the two together. */
import { sql } from 'kysely';
import type { Sql } from '../../../platform/graph/model.ts';
import { isMemberBy } from '../../membershipRules/store/conditions.ts';
import type { Difference, Offer } from '../model.ts';

const isGuest = sql`coalesce(o.data ->> 'userType', '') = 'Guest'`;
export const isLive = sql`a.state not in ('expired', 'deliveryFailed') and a.ends_at > now()`;
/** Whoever matches the rule of a policy, by the condition that finds its members. */
const byRule = ({ side, packageId, policyId, ways, rule }: Offer): readonly Sql[] => (rule === undefined ? [] : [sql`
    union all select ${side}::text, ${packageId}::uuid, ${policyId}::uuid, o.id, ${[...ways]}::text[] from directory_objects o where ${isMemberBy(rule, 'o')}`]);

export const isOpen = sql`r.state in ('submitted', 'pendingApproval', 'delivering', 'scheduled')`;

/** `offer`, `exclusion`, `inside` (members of named groups), `scoped` (whom a policy's scope holds), `blocked` and `asking`. Begins a `with recursive`. */
export const askingParts = ({ offers, exclusions }: Pick<Difference, 'offers' | 'exclusions'>): Sql => sql`
  offer as materialized (select x.side, x."packageId" as package_id, x."policyId" as policy_id, x.scope, x.ways, x.targets
    from jsonb_to_recordset(${JSON.stringify(offers.map(({ rule: _, ...offer }) => offer))}::jsonb) as x (side text, "packageId" uuid, "policyId" uuid, scope text, ways text[], targets jsonb)),
  named as materialized (select f.side, f.package_id, f.policy_id, f.scope, f.ways, t.kind, t."targetId" as target_id from offer f cross join lateral jsonb_to_recordset(f.targets) as t (kind text, "targetId" uuid)),
  exclusion as materialized (select x.side, x."packageId" as package_id, x.kind, x."otherId" as other_id
    from jsonb_to_recordset(${JSON.stringify(exclusions)}::jsonb) as x (side text, "packageId" uuid, kind text, "otherId" uuid)),
  inside (root, id) as (
    select distinct w.id, g.principal_id from (select target_id as id from named where kind = 'group' union select other_id from exclusion where kind = 'group') w
      join directory_objects o on o.id = w.id and o.deleted_at is null join grants g on g.resource_id = w.id and g.kind = 'member' and g.ends_at > now()
    union
    select i.root, g.principal_id from inside i join directory_objects o on o.id = i.id and o.type = 'group' and o.deleted_at is null join grants g on g.resource_id = i.id and g.kind = 'member' and g.ends_at > now()),
  scoped as materialized (
    select f.side, f.package_id, f.policy_id, o.id, f.ways from offer f join directory_objects o on o.deleted_at is null and o.type in ('user', 'agentUser', 'servicePrincipal', 'agentIdentity')
     where starts_with(f.scope, 'all') and f.scope = any(scopes_of(o.type, ${isGuest}))
    union all
    select n.side, n.package_id, n.policy_id, o.id, n.ways from named n join directory_objects o on o.id = n.target_id and o.deleted_at is null
     where (n.kind = 'user' and n.scope = 'specificDirectoryUsers' and o.type in ('user', 'agentUser')) or (n.kind = 'servicePrincipal' and n.scope = 'specificDirectoryServicePrincipals' and o.type in ('servicePrincipal', 'agentIdentity'))
    union all
    select n.side, n.package_id, n.policy_id, o.id, n.ways from named n join inside i on i.root = n.target_id join directory_objects o on o.id = i.id and o.deleted_at is null and o.type in ('user', 'agentUser')
     where n.kind = 'group' and n.scope = 'specificDirectoryUsers'
    union all
    select f.side, f.package_id, f.policy_id, o.id, f.ways from offer f join directory_objects o on o.deleted_at is null and o.type = 'user' and ${isGuest}
      join connected_organizations c on c.id = organization_of(o.id)
     where (f.scope = 'allConfiguredConnectedOrganizationUsers' and c.state = 'configured')
        or (f.scope = 'specificConnectedOrganizationUsers' and exists (select 1 from named n where n.side = f.side and n.policy_id = f.policy_id and n.kind = 'connectedOrganization' and n.target_id = c.id))
    ${sql.join(offers.flatMap(byRule), sql` `)}),
  blocked as materialized (
    select e.side, e.package_id, a.target_id as id from exclusion e join assignments a on e.kind = 'package' and a.access_package_id = e.other_id and ${isLive}
    union select e.side, e.package_id, r.target_id from exclusion e join assignment_requests r on e.kind = 'package' and r.access_package_id = e.other_id and ${isOpen}
    union select e.side, e.package_id, i.id from exclusion e join inside i on e.kind = 'group' and i.root = e.other_id),
  asking as materialized (
    select s.side, s.package_id, s.id, array_agg(distinct w.way order by w.way) as ways from scoped s cross join lateral unnest(s.ways) as w (way) join directory_objects o on o.id = s.id and o.account_enabled
     where not exists (select 1 from blocked b where b.side = s.side and b.package_id = s.package_id and b.id = s.id)
       and not exists (select 1 from assignments a where a.access_package_id = s.package_id and a.target_id = s.id and ${isLive})
       and not exists (select 1 from assignment_requests r where r.access_package_id = s.package_id and r.target_id = s.id and ${isOpen})
     group by s.side, s.package_id, s.id)`;
