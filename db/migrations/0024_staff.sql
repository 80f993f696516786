-- What was begun before a password or a second factor changed goes no further, and strangers do not hold up somebody's first try.

SET ROLE cordon_owner;

ALTER TABLE identity.staff ADD COLUMN version integer NOT NULL DEFAULT 0;
COMMENT ON COLUMN identity.staff.version IS 'Goes up with each change of the password or of a second factor, and with the account''s end: a sign-in that has read an older one opens nothing.';
COMMENT ON TABLE identity.staff_recovery IS 'Recovery codes, by SHA-256 (a code has 120 random bits; those made before 0024_staff.sql have 80). Using one deletes it.';

CREATE FUNCTION identity.set_password(staff uuid, its_version integer, hash text, proves boolean) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog
AS $$
BEGIN
  UPDATE identity.staff s
     SET password = hash, version = s.version + 1, verified_at = CASE WHEN proves THEN coalesce(s.verified_at, now()) ELSE s.verified_at END
   WHERE s.staff_id = staff AND s.version = its_version AND s.ended_at IS NULL;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the account has changed or ended' USING ERRCODE = 'CD409';
  END IF;
END
$$;
REVOKE ALL ON FUNCTION identity.set_password FROM PUBLIC;
GRANT EXECUTE ON FUNCTION identity.set_password TO cordon_identity;
COMMENT ON FUNCTION identity.set_password IS 'Sets the password of one of the staff, unless they have changed or ended since they were read (CD409): hashing takes a while.';

CREATE FUNCTION identity.enrol(staff uuid, its_version integer) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog
AS $$
BEGIN
  -- Of two at once the second waits here, and finds nothing left to do.
  UPDATE identity.staff s SET enrolled_at = now()
   WHERE s.staff_id = staff AND s.version = its_version AND s.enrolled_at IS NULL AND s.ended_at IS NULL;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is a second factor already' USING ERRCODE = 'CD409';
  END IF;
END
$$;
REVOKE ALL ON FUNCTION identity.enrol FROM PUBLIC;
GRANT EXECUTE ON FUNCTION identity.enrol TO cordon_identity;
COMMENT ON FUNCTION identity.enrol IS 'Notes that one of the staff has a first second factor, unless they had one or have changed or ended since they were read (CD409): what is added beside it is then rolled back.';

CREATE FUNCTION identity.end_other_sessions(staff uuid, session uuid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog
AS $$
BEGIN
  UPDATE identity.staff s SET version = s.version + 1 WHERE s.staff_id = staff;
  -- Of two sessions that end each other the second has waited, and is over: what it was about to change is rolled back.
  PERFORM FROM identity.session o WHERE o.session_id = session AND o.subject_id = staff;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'this session was ended' USING ERRCODE = 'CD419';
  END IF;
  PERFORM identity.end_session(o.session_id) FROM identity.session o
    WHERE o.tenant_id = '00000000-0000-0000-0000-000000000000' AND o.subject_id = staff AND o.session_id <> session;
  DELETE FROM identity.staff_session o WHERE o.staff_id = staff AND o.session_id <> session;
END
$$;
REVOKE ALL ON FUNCTION identity.end_other_sessions FROM PUBLIC;
GRANT EXECUTE ON FUNCTION identity.end_other_sessions TO cordon_identity;
COMMENT ON FUNCTION identity.end_other_sessions IS 'Where a session changes what somebody of the staff signs in with: their other sessions end, and sign-ins that are under way. CD419 if it is over itself.';

DROP FUNCTION identity.staff_try(text[], integer[], integer[]);

CREATE FUNCTION identity.staff_try(keys text[], free integer[], most integer[], firsts text, free_firsts integer) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog
AS $$
DECLARE
  ids bytea[] := ARRAY(SELECT sha256(textsend(k)) FROM unnest(keys || array_remove(ARRAY[firsts], NULL)) AS k);
  own bytea := sha256(textsend(keys[1]));
  account bytea := sha256(textsend(keys[2]));
  of_firsts bytea := sha256(textsend(firsts));
  is_first boolean := false;
  wait interval;
BEGIN
  -- Locked in one order, so that two tries with the same keys stand in line instead of in each other's way.
  INSERT INTO identity.staff_throttle (key, tries, not_before)
  SELECT k, 0, '-infinity' FROM unnest(ids) AS k ORDER BY 1 ON CONFLICT (key) DO NOTHING;
  PERFORM FROM identity.staff_throttle t WHERE t.key = ANY (ids) ORDER BY t.key FOR UPDATE;
  UPDATE identity.staff_throttle t SET tries = 0
   WHERE t.key = ANY (ids) AND t.tries > 0 AND t.not_before < clock_timestamp() - interval '1 hour';
  IF firsts IS NOT NULL THEN
    is_first := (SELECT t.tries = 0 FROM identity.staff_throttle t WHERE t.key = own)
            AND (SELECT t.tries < free_firsts FROM identity.staff_throttle t WHERE t.key = of_firsts);
  END IF;
  SELECT max(t.not_before - clock_timestamp()) INTO wait
    FROM identity.staff_throttle t WHERE t.key = ANY (ids) AND t.not_before > clock_timestamp() AND NOT (is_first AND t.key = account);
  IF wait > '0' THEN
    RETURN ceil(extract(epoch FROM wait));
  END IF;
  -- Counted before the outcome is known: of many tries at once, one goes on. A first try counts against the account, and makes nobody
  -- wait for it.
  UPDATE identity.staff_throttle t
     SET tries = t.tries + 1,
         not_before = CASE WHEN is_first AND t.key = account THEN greatest(t.not_before, clock_timestamp())
                           ELSE clock_timestamp() + make_interval(secs => CASE WHEN t.tries + 1 > w.free
                                                                               THEN least(2 ^ least(t.tries + 1 - w.free, 20), w.most) ELSE 0 END::double precision) END
    FROM (SELECT sha256(textsend(k)) AS key, f AS free, m AS most FROM unnest(keys, free, most) AS u (k, f, m)) w
   WHERE t.key = w.key;
  -- The hour of first tries counts from the first of them.
  IF is_first THEN
    UPDATE identity.staff_throttle t SET tries = t.tries + 1, not_before = CASE WHEN t.tries = 0 THEN clock_timestamp() ELSE t.not_before END
     WHERE t.key = of_firsts;
  END IF;
  RETURN 0;
END
$$;
REVOKE ALL ON FUNCTION identity.staff_try FROM PUBLIC;
GRANT EXECUTE ON FUNCTION identity.staff_try TO cordon_identity;
COMMENT ON FUNCTION identity.staff_try IS 'Counts a try against every key, or against none and returns the seconds to wait. After `free` tries in vain the delay doubles with each, up to `most` seconds; an hour without one forgets them. With `firsts`, the first key is a network''s at an account and the second the account''s: a try of a network that has not failed there does not wait for the account, `free_firsts` times an hour.';

RESET ROLE;
