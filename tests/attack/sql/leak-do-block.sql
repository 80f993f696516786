-- Raises B's text as a notice from a DO block.
DO $$ DECLARE r record; BEGIN FOR r IN SELECT body FROM commerce.message LOOP RAISE NOTICE '%', r.body; END LOOP; END $$;
DO LANGUAGE plpgsql $$ BEGIN PERFORM set_config('cordon.seal', ':b_seal_digest', false); RAISE NOTICE '%', (SELECT string_agg(email, ',') FROM commerce.customer); END $$;
DO LANGUAGE sql $$ SELECT 1 $$;
