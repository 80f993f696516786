-- What witnesses have cosigned of the log (https://c2sp.org/tlog-witness), and how a log ends where another has to begin.

SET ROLE cordon_owner;

ALTER TABLE audit.log ADD COLUMN cosigned text NOT NULL DEFAULT '', ADD COLUMN cosigned_size bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN audit.log.cosigned IS 'The newest checkpoint that the quorum of witnesses has cosigned, which is the one that is served; empty where no witness is asked.';
COMMENT ON COLUMN audit.log.cosigned_size IS 'How many entries that checkpoint has.';
GRANT SELECT (cosigned) ON audit.log TO cordon_audit;

CREATE FUNCTION audit.cosign(of_size bigint, note text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
BEGIN
  UPDATE audit.log SET cosigned = note, cosigned_size = of_size
   WHERE of_size <= size AND starts_with(note, origin || E'\n')
     AND (of_size > cosigned_size OR (of_size = cosigned_size AND length(note) > length(cosigned)));
END
$$;
COMMENT ON FUNCTION audit.cosign IS 'Takes a checkpoint of this log with cosignatures, if it is newer than the one before, or has more of them.';
REVOKE ALL ON FUNCTION audit.cosign FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.cosign TO cordon_audit;

CREATE FUNCTION audit.forget_cosigned() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
BEGIN
  UPDATE audit.log SET cosigned = '', cosigned_size = 0 WHERE cosigned <> '';
END
$$;
COMMENT ON FUNCTION audit.forget_cosigned IS 'No witness is asked any more: what they have cosigned would be served for good.';
REVOKE ALL ON FUNCTION audit.forget_cosigned FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.forget_cosigned TO cordon_audit;

CREATE TABLE audit.ended_log (
  log_id uuid PRIMARY KEY,
  origin text NOT NULL UNIQUE,
  public_key bytea NOT NULL,
  made_at timestamptz NOT NULL,
  size bigint NOT NULL,
  checkpoint text NOT NULL,
  cosigned text NOT NULL,
  ended_at timestamptz NOT NULL DEFAULT now(),
  why text NOT NULL
);
COMMENT ON TABLE audit.ended_log IS 'Logs that were before this one, as far as they had come. Their private keys and their tiles are gone.';
ALTER TABLE audit.ended_log ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY kept ON audit.ended_log TO cordon_owner USING (true);

CREATE FUNCTION audit.begin_log(new_id uuid, new_origin text, new_public bytea, new_private bytea, because text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
  ended audit.log%ROWTYPE;
BEGIN
  -- Whoever grows the log changes this row first, and only where it finds the size that it left: it waits, and then adds nothing.
  -- A log without entries would have that size, and so it is not ended.
  SELECT * INTO ended FROM audit.log FOR UPDATE;
  IF coalesce(ended.size, 0) = 0 THEN RAISE EXCEPTION 'the log has no entries' USING ERRCODE = 'CD409'; END IF;
  INSERT INTO audit.ended_log (log_id, origin, public_key, made_at, size, checkpoint, cosigned, why)
  VALUES (ended.log_id, ended.origin, ended.public_key, ended.made_at, ended.size, ended.checkpoint, ended.cosigned, because);
  -- Two logs of one name would be a fork of it to everybody who has seen the first.
  IF EXISTS (SELECT FROM audit.ended_log AS before WHERE before.origin = new_origin) THEN
    RAISE EXCEPTION 'there was a log of this name' USING ERRCODE = 'CD409';
  END IF;
  TRUNCATE audit.tile, audit.bundle;
  UPDATE audit.log
     SET log_id = new_id, origin = new_origin, public_key = new_public, private_key = new_private, made_at = now(), size = 0,
         last_xid = '0', last_event = '00000000-0000-0000-0000-000000000000', checkpoint = '', sealed_at = now(), cosigned = '',
         cosigned_size = 0;
END
$$;
COMMENT ON FUNCTION audit.begin_log IS 'Ends the log and begins one of another name and key, into which all events go that there are.';
REVOKE ALL ON FUNCTION audit.begin_log FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.begin_log TO cordon_identity;

CREATE POLICY renumbered ON audit.event FOR UPDATE TO cordon_owner USING (true);
CREATE FUNCTION audit.renumber(most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
  here CONSTANT xid8 := pg_current_xact_id();
  last xid8;
  renumbered bigint;
BEGIN
  -- Events of one transaction stay together.
  SELECT e.xid INTO last FROM audit.event AS e WHERE e.xid > here ORDER BY e.xid OFFSET most - 1 LIMIT 1;
  UPDATE audit.event AS e SET xid = here WHERE e.xid > here AND e.xid <= coalesce(last, '18446744073709551615'::xid8);
  GET DIAGNOSTICS renumbered = ROW_COUNT;
  RETURN renumbered;
END
$$;
COMMENT ON FUNCTION audit.renumber IS 'After a dump was restored into a new cluster: has events of transactions that this cluster has not come to yet be of this one, which no commitment says anything of. To be called until it returns 0, and before a new log begins.';
REVOKE ALL ON FUNCTION audit.renumber FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.renumber TO cordon_identity;

RESET ROLE;
