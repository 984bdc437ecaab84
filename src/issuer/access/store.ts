/**
 * Access in force, in one statement: the identity, the resource, and every role and scope that is in force now. A grant
 * whose end lies within the running second is left out, because a token counts in whole seconds and may not outlive it.
 */
import { sql, type RawBuilder } from 'kysely';
import { handedOnRoles } from '../../features/directory/store/inherited.ts';
import type { Executor } from '../../platform/db/database.ts';
import type { Sql } from '../../platform/graph/model.ts';
import { one } from '../../platform/db/transaction.ts';
import type { AccessFacts } from './model.ts';
import type { ResourceName } from './scope.ts';

/** Who wants a token for what. `clientPrincipalId` only when a person acts through a client. */
export interface AccessQuestion {
  readonly principalId: string;
  readonly resource: ResourceName;
  readonly clientPrincipalId?: string;
  /** Leaves out the roles: where only scopes count, half of the statement is saved. */
  readonly withoutRoles?: boolean;
}

const none = sql`'00000000-0000-0000-0000-000000000000'::uuid`;
// As the unique index on appIds has it. With `offset 0` each look-up stays one by that index, whatever the planner guesses.
const principals = sql`('servicePrincipal', 'agentIdentity', 'agentIdentityBlueprintPrincipal')`;
const enabledApplication = sql`a.account_enabled`;
const inForce = (end: Sql): Sql => sql`${end} >= date_trunc('second', now()) + interval '1 second'`;
const wholeSeconds = (time: Sql): Sql => sql`case when ${time} = 'infinity' then null else floor(extract(epoch from ${time}))::float8 end`;

/** Reads what a token is decided from, as of the database's now. */
export async function readAccess(executor: Executor, question: AccessQuestion): Promise<AccessFacts> {
  return await one(executor, accessQuery(question));
}

/** The statement behind {@link readAccess}, for the test that explains its plan. */
export const accessQuery = (question: AccessQuestion): RawBuilder<AccessFacts> => sql<AccessFacts>`
    with principal as (${principal(question.principalId)}), resource as (${resource(question.resource)}), held as (${heldRoles})
    select floor(extract(epoch from now()))::float8 as now,
      (select extract(epoch from greatest(w.changed_at, p.sessions_valid_from))::float8 from principal p left join user_passwords w on w.user_id = p.id) as "sessionsValidFrom",
      (select json_build_object('id', p.id, 'type', p.type, 'displayName', p.display_name, 'userPrincipalName', p.user_principal_name, 'givenName', p.data ->> 'givenName', 'surname', p.data ->> 'surname', 'appId', p.app_id,
        'blueprintAppId', p.blueprint_app_id, 'isEnabled', p.account_enabled, 'isApplicationEnabled', p.application_enabled,
        'isBlueprintPrincipalEnabled', p.blueprint_principal_enabled) from principal p) as principal,
      (select json_build_object('id', r.id, 'appId', r.app_id, 'displayName', r.display_name, 'isAssignmentRequired', r.assignment_required) from resource r) as resource,
      ${question.withoutRoles === true ? sql`'[]'::json` : roles} as roles,
      ${scopes(question)} as scopes`;

const roles = sql`(select coalesce(json_agg(json_build_object('value', x.value, 'ends', ${wholeSeconds(sql`x.ends_at`)})), '[]') from (
        select m.value, max(h.ends_at) as ends_at from held h join resource r on true
          left join permissions m on m.application_id = r.application_id and m.id = h.permission_id and m.kind = 'role'
         where (m.is_enabled or h.permission_id = ${none}) and ${inForce(sql`h.ends_at`)} group by m.value) x)`;

function principal(id: string): Sql {
  return sql`select p.id, p.type, p.display_name, p.user_principal_name, p.app_id, p.blueprint_app_id, p.account_enabled, p.data, a.id as application_id,
      (p.data ->> 'signInSessionsValidFromDateTime')::timestamptz as sessions_valid_from,
      coalesce(${enabledApplication}, false) as application_enabled, b.id as blueprint_principal_id, coalesce(b.account_enabled, false) as blueprint_principal_enabled
    from directory_objects p
    left join lateral (select id, account_enabled from directory_objects where app_id = coalesce(p.blueprint_app_id, p.app_id)
      and type in ('application', 'agentIdentityBlueprint') and deleted_at is null offset 0) a on true
    left join lateral (select id, account_enabled from directory_objects where app_id = p.blueprint_app_id and type in ${principals}
      and type = 'agentIdentityBlueprintPrincipal' and deleted_at is null offset 0) b on true
   where p.id = ${id} and p.deleted_at is null and p.type in ('user', 'agentUser', 'servicePrincipal', 'agentIdentity', 'agentIdentityBlueprintPrincipal')`;
}

/** Each way of naming it has an index of its own; an appId wins over an identifier URI, which anybody may choose. Ordered by text, lest the order of ids tempt the planner to walk them all. */
function resource({ appId, uri }: ResourceName): Sql {
  const applications = sql`from directory_objects where type in ('application', 'agentIdentityBlueprint') and deleted_at is null and account_enabled`;
  const ways = [
    ...(uri === undefined ? [] : [sql`(select id, app_id, 2 as place ${applications} and data -> 'identifierUris' @> ${JSON.stringify(uri)}::jsonb)`]),
    ...(appId === undefined ? [] : [sql`(select id, app_id, 1 as place ${applications} and app_id = ${appId}::uuid)`]),
  ];
  return sql`select s.id, s.app_id, s.display_name, a.id as application_id, s.data @> '{"appRoleAssignmentRequired": true}' as assignment_required
    from (select * from (${ways.length === 0 ? sql`select null::uuid as id, null::uuid as app_id, 0 as place where false` : sql.join(ways, sql` union all `)}) way order by place, id::text limit 1) a
    cross join lateral (select id, app_id, display_name, data from directory_objects where app_id = a.app_id and type in ${principals}
      and deleted_at is null and account_enabled offset 0) s`;
}

/** Directly, through a group of which the principal is a direct member (until the earlier of both ends), or handed on by the blueprint. */
const heldRoles = sql`
  select g.permission_id, g.ends_at from principal p join resource r on true
    join grants g on g.principal_id = p.id and g.kind = 'appRole' and g.resource_id = r.id
  union all
  select g.permission_id, least(m.ends_at, g.ends_at) from principal p join resource r on true
    join grants m on m.principal_id = p.id and m.kind = 'member'
    join directory_objects o on o.id = m.resource_id and o.deleted_at is null
    join grants g on g.principal_id = m.resource_id and g.kind = 'appRole' and g.resource_id = r.id
  union all
  select h.permission_id, h.ends_at from principal p join resource r on true
   cross join lateral (select hg.permission_id, hg.ends_at from ${handedOnRoles({ blueprintId: sql`p.application_id`, principalId: sql`p.blueprint_principal_id`, resource: 'r' })}) h
   where p.type = 'agentIdentity'`;

/** What the client may do for this person: granted for everybody, or for this one. */
function scopes({ principalId, clientPrincipalId }: AccessQuestion): Sql {
  if (clientPrincipalId === undefined) return sql`'[]'::json`;
  return sql`(select coalesce(json_agg(json_build_object('value', x.value, 'ends', ${wholeSeconds(sql`x.ends_at`)})), '[]') from (
    select m.value, max(g.ends_at) as ends_at from resource r
      join grants g on g.kind = 'delegated' and g.principal_id = ${clientPrincipalId} and g.resource_id = r.id and g.subject_id in (${none}, ${principalId})
      join permissions m on m.application_id = r.application_id and m.id = g.permission_id and m.kind = 'scope' and m.is_enabled and m.value is not null
     where ${inForce(sql`g.ends_at`)} group by m.value) x)`;
}
