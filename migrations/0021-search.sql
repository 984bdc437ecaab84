-- $search: the words of a text, as Graph's directory splits them. No dictionary and no stop words: names are no prose.
-- https://learn.microsoft.com/graph/search-query-parameter#using-search-on-directory-object-collections

-- What a text is found by: its words between blanks and marks; their parts, where letters meet digits and small letters turn to
-- capitals; and what stands between two blanks as one word without its marks. The marks are those of ASCII.
create function search_words(said text) returns tsvector
  language sql immutable strict parallel safe
  as $$
    select strip(to_tsvector('pg_catalog.simple', spaced.text || ' ' || translate(said, marks.text, '') || ' '
        || regexp_replace(spaced.text, '([a-z])(?=[A-Z])|([0-9])(?=[^0-9\s])|([^0-9\s])(?=[0-9])', '\1\2\3 ', 'g')))
      from (values ('!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~')) as marks (text)
     cross join lateral (values (translate(said, marks.text, repeat(' ', 32)))) as spaced (text)
  $$;

-- The words looked for, each from its beginning: all of them, where what stands between two blanks may also be one word.
create function search_query(said text) returns tsquery
  language sql immutable strict parallel safe
  as $$
    select coalesce(string_agg('(' || concat_ws(' | ', whole, parts) || ')', ' & '), '')::tsquery
      from (values ('!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~')) as marks (text)
     cross join regexp_split_to_table(said, '\s+') as piece
     cross join lateral (
       select string_agg('''' || replace(lexeme, '''', '''''') || ''':*', ' & ') from unnest(to_tsvector('pg_catalog.simple', translate(piece, marks.text, '')))) as entire (whole)
     cross join lateral (
       select '(' || string_agg('''' || replace(lexeme, '''', '''''') || ''':*', ' & ') || ')' from unnest(to_tsvector('pg_catalog.simple',
         regexp_replace(translate(piece, marks.text, repeat(' ', 32)), '([a-z])(?=[A-Z])|([0-9])(?=[^0-9\s])|([^0-9\s])(?=[0-9])', '\1\2\3 ', 'g')))) as split (parts)
     where whole is not null
  $$;

-- Not the audit trail: every change writes there, and what it is searched for are a few dozen names of activities.
create index directory_search on directory_objects using gin (
  search_words(display_name), search_words(description), search_words(user_principal_name), search_words(data ->> 'mail'),
  search_words(data ->> 'givenName'), search_words(data ->> 'surname'), search_words(data ->> 'mailNickname'));
create index catalogs_search on catalogs using gin (search_words(display_name), search_words(description));
create index access_packages_search on access_packages using gin (search_words(display_name), search_words(description));
create index assignment_policies_search on assignment_policies using gin (search_words(display_name), search_words(description));
create index role_definitions_search on role_definitions using gin (search_words(display_name), search_words(description));
