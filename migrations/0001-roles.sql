-- The role that the server's connections take. Later migrations withhold from it what a server must never do, such as
-- changing audit events. Roles belong to the whole cluster: another database may be making this one at the same moment.
-- Where we may not make roles the server runs as the owner of the schema, and says so in its log.
do $$
begin
  begin
    create role gatehouse_server nologin;
  exception
    when duplicate_object or unique_violation then null;
    when insufficient_privilege then raise notice 'gatehouse_server was not made: %', sqlerrm;
    when internal_error then
      if sqlerrm not like '%tuple concurrently updated%' then raise; end if;
  end;

  if not exists (select from pg_roles where rolname = 'gatehouse_server') then
    return;
  end if;

  begin
    -- A superuser may take every role: nothing to write, and so nothing to collide on.
    if not (select rolsuper from pg_roles where rolname = current_user) then
      execute format('grant gatehouse_server to %I', current_user);
    end if;
  exception
    when unique_violation then null;
    when insufficient_privilege then raise notice 'gatehouse_server was not granted: %', sqlerrm;
    when internal_error then
      if sqlerrm not like '%tuple concurrently updated%' then raise; end if;
  end;

  begin
    grant usage on schema public to gatehouse_server;
  exception
    when insufficient_privilege then raise notice 'schema public was not granted: %', sqlerrm;
  end;

  -- The tables of the migrations themselves, for readiness.
  grant select on all tables in schema public to gatehouse_server;
  alter default privileges in schema public grant select, insert, update, delete on tables to gatehouse_server;
  alter default privileges in schema public grant usage, select on sequences to gatehouse_server;
  alter default privileges in schema public grant execute on functions to gatehouse_server;
end
$$;
