-- What the issuer looks for at every token: an API by its identifier URI.
create index directory_by_identifier_uri on directory_objects using gin ((data -> 'identifierUris') jsonb_path_ops)
  where type in ('application', 'agentIdentityBlueprint') and deleted_at is null;
