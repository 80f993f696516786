-- Asks door.refuse about digests and sessions, to hear which exist.
SELECT set_config('cordon.seal', ':b_seal_digest', false);
SELECT door.refuse(':b_tenant');
SELECT set_config('cordon.seal', repeat(':b_session_owner', 2), false);
SELECT door.refuse(':b_session_owner');
