-- Staff: the people who run the platform. They sign in with e-mail, password and a second factor, towards the platform's own
-- tenant (0007_sessions.sql). Only cordon_identity reads these tables.

SET ROLE cordon_owner;

INSERT INTO door.permission (name, meaning) VALUES
  ('staff.self', 'see and change one''s own staff account'),
  ('staff.manage', 'invite staff and end their access');
INSERT INTO door.role (name, kind, meaning) VALUES
  ('administrator', 'staff', 'invites staff and ends their access; sees nothing of a shop');
INSERT INTO door.role_permission (role, permission) VALUES
  ('support', 'staff.self'), ('security', 'staff.self'), ('auditor', 'staff.self'), ('administrator', 'staff.self'),
  ('administrator', 'staff.manage');

CREATE TABLE identity.staff (
  staff_id uuid PRIMARY KEY,
  email text NOT NULL UNIQUE CHECK (email = lower(email)),
  role text NOT NULL REFERENCES door.role,
  password text,
  created_at timestamptz NOT NULL DEFAULT now(),
  verified_at timestamptz,
  enrolled_at timestamptz,
  ended_at timestamptz
);
COMMENT ON TABLE identity.staff IS 'The people who run the platform.';
COMMENT ON COLUMN identity.staff.password IS 'Argon2id with its parameters and salt, as libsodium writes it; null until the invitation is accepted.';
COMMENT ON COLUMN identity.staff.verified_at IS 'When a link that was sent to the address was used: it is theirs.';
COMMENT ON COLUMN identity.staff.enrolled_at IS 'When the first second factor was proved. Until then the password opens nothing but enrolment.';
COMMENT ON COLUMN identity.staff.ended_at IS 'From here on they cannot sign in; the row stays for the audit log.';

CREATE TABLE identity.staff_totp (
  staff_id uuid PRIMARY KEY REFERENCES identity.staff,
  sealed bytea NOT NULL,
  last_step bigint NOT NULL
);
COMMENT ON TABLE identity.staff_totp IS 'One authenticator app for each of the staff.';
COMMENT ON COLUMN identity.staff_totp.sealed IS 'The shared secret, encrypted under a key that is not in the database and bound to its owner.';
COMMENT ON COLUMN identity.staff_totp.last_step IS 'The newest 30-second step whose code was used: neither it nor an older one is taken again.';

CREATE TABLE identity.staff_passkey (
  passkey_id uuid PRIMARY KEY,
  staff_id uuid NOT NULL REFERENCES identity.staff,
  credential bytea NOT NULL UNIQUE,
  algorithm integer NOT NULL,
  public_key bytea NOT NULL,
  sign_count bigint NOT NULL,
  name text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  used_at timestamptz
);
CREATE INDEX ON identity.staff_passkey (staff_id);
COMMENT ON TABLE identity.staff_passkey IS 'Passkeys and security keys (WebAuthn): public keys only.';
COMMENT ON COLUMN identity.staff_passkey.algorithm IS 'COSE: -7 ES256, -8 EdDSA, -257 RS256.';
COMMENT ON COLUMN identity.staff_passkey.sign_count IS 'The authenticator''s own counter; one that falls back is a copy.';

CREATE TABLE identity.staff_recovery (
  staff_id uuid NOT NULL REFERENCES identity.staff,
  digest bytea NOT NULL CHECK (octet_length(digest) = 32),
  PRIMARY KEY (staff_id, digest)
);
COMMENT ON TABLE identity.staff_recovery IS 'Recovery codes, by SHA-256 (a code has 80 random bits). Using one deletes it.';

CREATE TABLE identity.staff_secret (
  digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
  purpose text NOT NULL CHECK (purpose IN ('invitation', 'reset', 'sign-in', 'enrol', 'step-up', 'factor', 'device')),
  staff_id uuid NOT NULL REFERENCES identity.staff,
  session_id uuid,
  mailed boolean NOT NULL DEFAULT false,
  tries integer NOT NULL DEFAULT 0,
  sealed bytea,
  expires_at timestamptz NOT NULL
);
CREATE INDEX ON identity.staff_secret (staff_id);
CREATE INDEX ON identity.staff_secret (expires_at);
COMMENT ON TABLE identity.staff_secret IS 'Links that were sent out, challenges between password and second factor, and browsers that have signed in before, by SHA-256.';
COMMENT ON COLUMN identity.staff_secret.session_id IS 'The session that a step-up or a new factor is for.';
COMMENT ON COLUMN identity.staff_secret.mailed IS 'Whether it was sent to the address rather than printed: using it proves the address.';
COMMENT ON COLUMN identity.staff_secret.tries IS 'Answers that were tried against a challenge.';
COMMENT ON COLUMN identity.staff_secret.sealed IS 'The secret of an authenticator app that has not shown a code yet, encrypted as in staff_totp.';

CREATE TABLE identity.staff_session (
  session_id uuid PRIMARY KEY,
  staff_id uuid NOT NULL REFERENCES identity.staff,
  mfa_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL
);
CREATE INDEX ON identity.staff_session (staff_id);
CREATE INDEX ON identity.staff_session (expires_at);
COMMENT ON TABLE identity.staff_session IS 'When each session last proved a second factor.';

CREATE TABLE identity.staff_throttle (
  key bytea PRIMARY KEY CHECK (octet_length(key) = 32),
  tries integer NOT NULL,
  not_before timestamptz NOT NULL
);
CREATE INDEX ON identity.staff_throttle (not_before);
COMMENT ON TABLE identity.staff_throttle IS 'How often an account, an address or both together have tried in vain, by SHA-256 of which.';

GRANT SELECT, INSERT, UPDATE, DELETE ON identity.staff, identity.staff_totp, identity.staff_passkey, identity.staff_recovery,
  identity.staff_secret, identity.staff_session, identity.staff_throttle TO cordon_identity;

CREATE FUNCTION identity.staff_try(keys text[], free integer[], most integer[]) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog
AS $$
DECLARE
  wait interval := '0';
BEGIN
  -- Locked in one order, so that two tries with the same keys stand in line instead of in each other's way.
  INSERT INTO identity.staff_throttle (key, tries, not_before)
  SELECT sha256(textsend(k)), 0, '-infinity' FROM unnest(keys) AS k ORDER BY 1 ON CONFLICT (key) DO NOTHING;
  PERFORM FROM identity.staff_throttle t WHERE t.key IN (SELECT sha256(textsend(k)) FROM unnest(keys) AS k) ORDER BY t.key FOR UPDATE;
  SELECT coalesce(max(t.not_before - clock_timestamp()), '0') INTO wait
    FROM identity.staff_throttle t
   WHERE t.key IN (SELECT sha256(textsend(k)) FROM unnest(keys) AS k) AND t.not_before > clock_timestamp();
  IF wait > '0' THEN
    RETURN ceil(extract(epoch FROM wait));
  END IF;
  -- Counted before the outcome is known: of many tries at once, one goes on.
  UPDATE identity.staff_throttle t
     SET tries = of.tries,
         not_before = clock_timestamp() + make_interval(secs => CASE WHEN of.tries > of.free
                                                                     THEN least(2 ^ least(of.tries - of.free, 20), of.most) ELSE 0 END::double precision)
    FROM (SELECT w.key, w.free, w.most, CASE WHEN t2.not_before < clock_timestamp() - interval '1 hour' THEN 1 ELSE t2.tries + 1 END AS tries
            FROM (SELECT sha256(textsend(k)) AS key, f AS free, m AS most FROM unnest(keys, free, most) AS u (k, f, m)) w
            JOIN identity.staff_throttle t2 USING (key)) of
   WHERE t.key = of.key;
  RETURN 0;
END
$$;
REVOKE ALL ON FUNCTION identity.staff_try FROM PUBLIC;
GRANT EXECUTE ON FUNCTION identity.staff_try TO cordon_identity;
COMMENT ON FUNCTION identity.staff_try IS 'Counts a try against every key, or against none and returns the seconds to wait. After `free` tries in vain the delay doubles with each, up to `most` seconds; an hour without one forgets them.';

CREATE FUNCTION identity.remove_passkey(passkey uuid, staff uuid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog
AS $$
BEGIN
  -- Of two at once the second waits here, and counts what the first has left.
  PERFORM FROM identity.staff s WHERE s.staff_id = staff FOR UPDATE;
  DELETE FROM identity.staff_passkey k WHERE k.passkey_id = passkey AND k.staff_id = staff;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is no such passkey' USING ERRCODE = 'CD404';
  END IF;
  IF NOT EXISTS (SELECT FROM identity.staff_passkey k WHERE k.staff_id = staff)
     AND NOT EXISTS (SELECT FROM identity.staff_totp t WHERE t.staff_id = staff) THEN
    RAISE EXCEPTION 'the last second factor stays' USING ERRCODE = 'CD409';
  END IF;
END
$$;
REVOKE ALL ON FUNCTION identity.remove_passkey FROM PUBLIC;
GRANT EXECUTE ON FUNCTION identity.remove_passkey TO cordon_identity;
COMMENT ON FUNCTION identity.remove_passkey IS 'Removes a passkey of one of the staff, unless it is their last second factor (CD409) or not theirs (CD404).';

RESET ROLE;
