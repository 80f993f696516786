-- Leaves advisory locks behind that the next tenant, or minting, waits for.
SELECT pg_advisory_lock(1);
SELECT pg_advisory_lock(7305804402566918);
SELECT pg_try_advisory_lock(7305804402566918);
SELECT pg_advisory_lock_shared(1, 2);
SELECT pg_advisory_xact_lock(7305804402566918);
SELECT pg_try_advisory_xact_lock_shared(5);
SELECT pg_advisory_unlock_all();
