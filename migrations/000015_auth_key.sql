-- What the API may know of the keys: whoever shows the hash of a key is told what that key may do, and nothing else. The role of the
-- API reads no table of system; this function is its only way in, and notes the use of the key for it (at most once a minute).

CREATE FUNCTION system.auth_key(hash bytea)
RETURNS TABLE (key_id uuid, name text, scopes text[], requests_per_minute integer, expires_at timestamptz, revoked_at timestamptz)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  UPDATE system.api_keys k SET last_used_at = now()
  WHERE k.key_hash = hash AND (k.last_used_at IS NULL OR k.last_used_at < now() - interval '1 minute')
    AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now());
  SELECT k.key_id, k.name, k.scopes, k.requests_per_minute, k.expires_at, k.revoked_at
  FROM system.api_keys k WHERE k.key_hash = hash
$$;

REVOKE ALL ON FUNCTION system.auth_key(bytea) FROM PUBLIC;
GRANT USAGE ON SCHEMA system TO ft_api;
GRANT EXECUTE ON FUNCTION system.auth_key(bytea) TO ft_api;
