/** Steps that somebody may have to be told of, as the triggers of migrations/0030-mail.sql note them. */
import { sql } from 'kysely';
import type { Executor, Tx } from '../../../platform/db/database.ts';
import { all, one } from '../../../platform/db/transaction.ts';
import type { StepFacts } from '../model.ts';

/** Takes noted steps, the oldest first; nobody else has them until the transaction ends. */
export async function claimSteps(tx: Tx, { now, limit }: { readonly now: Date; readonly limit: number }): Promise<readonly number[]> {
  const rows = await all(tx, sql<{ id: number }>`
    select id from mail_steps where rests_until is null or rests_until <= ${now} order by id limit ${limit} for update skip locked`);
  return rows.map(({ id }) => id);
}

/** Forgets steps: their mails are written, or there are none. */
export async function forgetSteps(tx: Tx, ids: readonly number[]): Promise<void> {
  await sql`delete from mail_steps where id = any(${ids}::bigint[])`.execute(tx);
}

/** Leaves a step that failed alone for a while; one that is noted for longer than `since` is given up. */
export async function restStep(executor: Executor, id: number, { until, since }: { readonly until: Date; readonly since: Date }): Promise<void> {
  await sql`
    with gone as (delete from mail_steps where id = ${id} and at < ${since})
    update mail_steps set rests_until = ${until} where id = ${id} and at >= ${since}`.execute(executor);
}

/** When the next step may be taken: now, when one waits that does not rest. */
export async function findNextStep(executor: Executor, now: Date): Promise<Date | undefined> {
  const { at } = await one(executor, sql<{ at: Date | null }>`
    select coalesce((select ${now}::timestamptz from mail_steps where rests_until is null limit 1), (select min(rests_until) from mail_steps where rests_until is not null)) as at`);
  return at ?? undefined;
}

const party = (alias: string): ReturnType<typeof sql> => sql`case when ${sql.ref(`${alias}.id`)} is not null then
  jsonb_build_object('id', ${sql.ref(`${alias}.id`)}, 'name', ${sql.ref(`${alias}.display_name`)}, 'isPerson', ${sql.ref(`${alias}.type`)} = 'user') end`;

/** Who may decide the stage `st`, in their own right or for somebody else. */
const deciders = sql`(
  select coalesce(jsonb_agg(jsonb_build_object('id', x.principal_id, 'hasDecided', exists (select 1 from stage_decisions sd where sd.stage_id = x.stage_id and (sd.principal_id = x.principal_id or coalesce(sd.decided_for, sd.principal_id) = coalesce(x.on_behalf_of, x.principal_id))), 'standsInFor', case when x.on_behalf_of is not null then
           (select jsonb_build_object('id', o.id, 'name', o.display_name) from directory_objects o where o.id = x.on_behalf_of) end) order by x.principal_id), '[]')
    from stage_deciders x where x.stage_id = st.id)`;

/** Who has been told that the stage `st` waits for a decision, or is about to be, and has not made one. */
const told = sql`(select coalesce(jsonb_agg(distinct m.recipient_id), '[]') from mails m where m.stage_id = st.id
  and not exists (select 1 from stage_decisions d where d.stage_id = st.id and d.principal_id = m.recipient_id))`;

/** Sponsors and owners of a target `t` that is no person (contract §2.7). */
const guardians = sql`(case when t.type = 'user' then '[]'::jsonb else (
  select coalesce(jsonb_agg(distinct g), '[]') from (
    select guardians_of(t.id, true) as g
    union select people_of('{"@odata.type": "#microsoft.graph.targetApplicationOwners"}', null, t.id)) as all_of_them) end)`;

/** Everything that decides who is told what of some steps. A step whose request or assignment is gone tells nobody, and is not answered. */
export async function readStepFacts(tx: Tx, ids: readonly number[]): Promise<readonly StepFacts[]> {
  return await all(tx, sql<StepFacts>`
    select jsonb_build_object('id', s.id, 'noun', s.noun, 'event', s.event, 'to', s.to_state, 'actorId', s.actor_id, 'transitionId', s.transition_id, 'at', s.at,
             'asked', case when s.person_id is not null then jsonb_build_object('id', s.person_id, 'role', s.role, 'isOpening',
               exists (select 1 from transitions w where w.subject_id = s.subject_id and w.noun = 'approvalStage' and w.event = 'open' and w.xmin = s.xid::xid)) end) as step,
           k.display_name as "packageName",
           jsonb_build_object('isMuted', coalesce((p.notification_settings ->> 'isAssignmentNotificationDisabled')::boolean, false), 'expiration', p.expiration,
             'holdersMayExtend', p.can_extend or coalesce((p.requestor_settings ->> 'enableTargetsToSelfUpdateAccess')::boolean, false),
             'guardiansMayExtend', p.can_extend or coalesce((p.requestor_settings ->> 'enableOnBehalfRequestorsToUpdateAccess')::boolean, false)) as policy,
           case when r.id is not null then jsonb_build_object('id', r.id, 'type', r.request_type, 'justification', r.justification, 'startsAt', r.schedule ->> 'startDateTime',
             'expiration', r.schedule -> 'expiration', 'failures', (select coalesce(jsonb_agg(f ->> 'message'), '[]') from jsonb_array_elements(coalesce(r.failure, '[]')) f),
             'denial', (select d.justification from approval_stages d where d.request_id = r.id and d.review_result = 'Deny' order by d.position desc limit 1),
             'callback', (select c.detail from callouts c where c.request_id = r.id and c.detail is not null order by c.changed_at desc limit 1),
             'wasScheduled', exists (select 1 from transitions w where w.subject_id = r.id and w.noun = 'accessPackageAssignmentRequest' and w.event = 'startReached')) end as request,
           case when st.id is not null then jsonb_build_object('id', st.id, 'decideBy', st.due_at, 'deciders', ${deciders}, 'toldIds', ${told}) end as stage,
           case when a.id is not null then jsonb_build_object('id', a.id, 'startsAt', a.starts_at, 'endsAt', nullif(a.ends_at, 'infinity'), 'isLive', a.state not in ('expired', 'deliveryFailed') and a.ends_at > now(),
             'isRemoved', a.status = 'Removed',
             'removal', (select x.justification from assignment_requests x where x.assignment_id = a.id and x.request_type like '%Remove' order by x.created_at desc limit 1)) end as assignment,
           ${party('b')} as requestor, ${party('t')} as target, ${guardians} as "guardianIds"
      from mail_steps s
      left join approval_stages st on s.noun = 'approvalStage' and st.id = s.subject_id
      left join assignment_requests r on r.id = case s.noun when 'approvalStage' then st.request_id when 'accessPackageAssignmentRequest' then s.subject_id
        else (select x.id from assignment_requests x where x.assignment_id = s.subject_id order by x.created_at, x.id limit 1) end
      left join assignments a on a.id = case s.noun when 'accessPackageAssignment' then s.subject_id else r.assignment_id end
      join access_packages k on k.id = coalesce(r.access_package_id, a.access_package_id)
      join assignment_policies p on p.id = coalesce(a.policy_id, r.policy_id)
      join directory_objects t on t.id = coalesce(r.target_id, a.target_id)
      left join directory_objects b on b.id = r.requestor_id
     where s.id = any(${ids}::bigint[]) order by s.id`);
}
