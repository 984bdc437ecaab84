-- As in 0029, through any number of programs: who owns or sponsors a program that owns or sponsors the one that asks could have made
-- it ask, too (docs/decisions/0007). A group's members and owners stand for it, programs among them.

-- A program, the agent identity behind an agent user, its blueprint and its application: whoever holds one of them acts as it.
create function parts_of_program(program uuid) returns setof uuid
  language sql stable rows 4
  as $$
    with it as materialized (
      select o.id, p.id as parent_id, p.app_id, p.blueprint_app_id
        from directory_objects o join directory_objects p on p.id = coalesce(o.identity_parent_id, o.id) where o.id = program)
    select id from it
    union select parent_id from it
    union select a.id from it join directory_objects a on a.app_id = any(array[it.app_id, it.blueprint_app_id]) and a.type in ('application', 'agentIdentityBlueprint', 'agentIdentityBlueprintPrincipal')
  $$;

-- Whoever acts when somebody is named: itself, and who is in a group, or owns it.
create function holders_of_strings(named uuid) returns setof uuid
  language sql stable rows 4
  as $$
    select named
    union all
    select g.principal_id from directory_objects o join grants g on g.resource_id = o.id and g.kind in ('member', 'owner') and g.ends_at > now()
     where o.id = named and o.type = 'group'
  $$;

-- In plpgsql: the statements that ask for it do not carry its plan, and who asks for itself costs nothing.
create or replace function people_behind(requestor uuid, target uuid) returns setof uuid
  language plpgsql stable rows 4
  as $$
  begin
    if requestor is null or requestor = target then return; end if;
    return query with recursive puppet (id) as (
      select y.id from directory_objects o
       cross join lateral parts_of_program(o.id) as y (id)
       where o.id = requestor and o.type <> 'user' and requestor <> target
         and not exists (select 1 from directory_objects t where t.id = target and (t.identity_parent_id = o.id or o.identity_parent_id = t.id))
      union
      select y.id from puppet join directory_links l on l.source_id = puppet.id and l.kind in ('owner', 'sponsor')
       cross join lateral holders_of_strings(l.target_id) as h (id)
        join directory_objects p on p.id = h.id and p.type not in ('user', 'group')
       cross join lateral parts_of_program(p.id) as y (id))
    select h.id from puppet join directory_links l on l.source_id = puppet.id and l.kind in ('owner', 'sponsor')
     cross join lateral holders_of_strings(l.target_id) as h (id);
  end $$;

-- Who stands in for whom at an open stage, for the one who reads a request. In plpgsql for the same reason: mostly nobody is named at all.
create function stand_ins_of(stage uuid) returns jsonb
  language plpgsql stable
  as $$
  begin
    if not exists (select 1 from approver_delegates) then return '[]'; end if;
    return (select coalesce(jsonb_agg(jsonb_build_object('id', d.principal_id, 'approverId', d.on_behalf_of) order by d.on_behalf_of), '[]')
              from stage_deciders d where d.stage_id = stage and d.on_behalf_of is not null);
  end $$;
