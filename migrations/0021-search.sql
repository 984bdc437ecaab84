-- $search: the words of a text, as Graph's directory splits them. No dictionary and no stop words: names are no prose.
-- https://learn.microsoft.com/graph/search-query-parameter#using-search-on-directory-object-collections

-- What a text is found by, in small letters: its smallest parts (split at blanks, marks, digits and where small letters turn to
-- capitals), its words, and what stands between two blanks as one word without its marks. In the patterns stand the marks of ASCII.
create function search_words(said text) returns tsvector
  language sql immutable strict parallel safe
  as $$
    select array_to_tsvector(array(
      select left(lower(word), 250) from (
        select m[1] from regexp_matches(regexp_replace(said, '([a-z])([A-Z])', '\1 \2', 'g'), '([0-9]+|[^0-9\s!-/:-@\[-`{-~]+)', 'g') as m
        union all
        select m[1] from regexp_matches(said, '([^\s!-/:-@\[-`{-~]+)', 'g') as m
        union all
        select regexp_replace(piece, '[!-/:-@\[-`{-~]+', '', 'g') from regexp_split_to_table(said, '\s+') as piece) as found (word)
      where word <> ''))
  $$;

-- The words looked for, each from its beginning: all of them, where what stands between two blanks may also be one word. There
-- are no marks left in them, so that nothing has to be quoted.
create function search_query(said text) returns tsquery
  language sql immutable strict parallel safe
  as $$
    select coalesce(string_agg('(' || whole || ' | ' || parts || ')', ' & '), '')::tsquery
      from (
        select '''' || left(nullif(lower(regexp_replace(piece, '[!-/:-@\[-`{-~]+', '', 'g')), ''), 250) || ''':*' as whole,
               (select '(' || string_agg('''' || left(lower(m[1]), 250) || ''':*', ' & ') || ')'
                  from regexp_matches(regexp_replace(piece, '([a-z])([A-Z])', '\1 \2', 'g'), '([0-9]+|[^0-9\s!-/:-@\[-`{-~]+)', 'g') as m) as parts
          from regexp_split_to_table(said, '\s+') as piece) as pieces
     where whole is not null
  $$;

create index directory_search on directory_objects using gin (
  search_words(display_name), search_words(description), search_words(user_principal_name), search_words(data ->> 'mail'),
  search_words(data ->> 'givenName'), search_words(data ->> 'surname'), search_words(data ->> 'mailNickname'));
create index catalogs_search on catalogs using gin (search_words(display_name), search_words(description));
create index access_packages_search on access_packages using gin (search_words(display_name), search_words(description));
create index assignment_policies_search on assignment_policies using gin (search_words(display_name), search_words(description));
create index role_definitions_search on role_definitions using gin (search_words(display_name), search_words(description));
create index audit_events_search on audit_events using gin (search_words(activity));
