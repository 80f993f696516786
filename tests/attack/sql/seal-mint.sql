-- Calls the identity login's functions: mint, open a session, revoke, suspend, stop.
SELECT * FROM door.mint(':b_session_owner', 600);
SELECT door.open_session(':b_tenant', gen_random_uuid(), ':a_subject', 'owner', 600);
SELECT * FROM door.session_of(':b_session_owner');
SELECT door.revoke(':b_session_owner');
SELECT door.unseal(':b_session_owner');
SELECT door.suspend(':b_tenant', 'x');
SELECT door.resume(':b_tenant');
SELECT door.halt('x');
SELECT door.unhalt();
SELECT door.sweep(1000);
SELECT door.add_tenant(gen_random_uuid());
SELECT door.guard('commerce.message', 'visit.read', 'visit.read');
