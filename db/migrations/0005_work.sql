-- Work that outlives a request: a visitor's message queues it in its own transaction, a worker finishes it in its own. Who may
-- pick the next job of any tenant is the identity login, which hands it out together with a seal for that tenant alone.

SET ROLE cordon_owner;

CREATE SCHEMA work;
COMMENT ON SCHEMA work IS 'The queue of background jobs.';
GRANT USAGE ON SCHEMA work TO cordon_api, cordon_visitor, cordon_worker, cordon_identity;

CREATE TABLE work.job (
  tenant_id uuid NOT NULL,
  job_id uuid NOT NULL,
  visitor_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('assistant')),
  conversation_id uuid NOT NULL,
  after_seq bigint NOT NULL,
  queued_at timestamptz NOT NULL DEFAULT now(),
  not_before timestamptz NOT NULL DEFAULT now() + interval '5 seconds',
  attempts integer NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_id, job_id),
  FOREIGN KEY (tenant_id, conversation_id) REFERENCES commerce.conversation ON DELETE CASCADE
);
-- On an array of the one time: no condition on an array comes before row security, so no login can use this index to ask about
-- other tenants' times.
CREATE INDEX ON work.job ((ARRAY[not_before]));
CREATE INDEX ON work.job (tenant_id, conversation_id);
COMMENT ON TABLE work.job IS 'A job is a row until its result commits; the same transaction deletes it.';
COMMENT ON COLUMN work.job.after_seq IS 'The visitor''s message that wants an answer.';
COMMENT ON COLUMN work.job.not_before IS 'When it may be claimed. The replica that queued a job does it at once; the others take it only if that one was lost.';
SELECT door.guard('work.job', 'job.write', 'job.write', own => 'visitor_id', own_write => true);
-- A visitor asks for answers in its own conversation only.
CREATE POLICY own_conversation ON work.job AS RESTRICTIVE FOR INSERT TO cordon_visitor WITH CHECK (EXISTS
  (SELECT FROM commerce.conversation c WHERE c.tenant_id = job.tenant_id AND c.conversation_id = job.conversation_id
      AND c.visitor_id = job.visitor_id));
REVOKE UPDATE ON work.job FROM cordon_visitor;
CREATE POLICY claim ON work.job TO cordon_owner USING (true);

CREATE FUNCTION work.claim(its_kind text, at_most integer, hold_seconds integer)
RETURNS TABLE (tenant_id uuid, job_id uuid, conversation_id uuid, after_seq bigint)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog
AS $$
  UPDATE work.job j SET not_before = now() + make_interval(secs => hold_seconds), attempts = j.attempts + 1
   WHERE (j.tenant_id, j.job_id) IN (SELECT q.tenant_id, q.job_id FROM work.job q
                                      WHERE ARRAY[q.not_before] <= ARRAY[now()] AND q.kind = its_kind
                                      ORDER BY ARRAY[q.not_before] LIMIT at_most FOR UPDATE SKIP LOCKED)
  RETURNING j.tenant_id, j.job_id, j.conversation_id, j.after_seq
$$;
COMMENT ON FUNCTION work.claim IS 'Takes jobs that are due, of whatever tenant, for so many seconds. The identity login only: it mints the seal each job runs under.';
REVOKE ALL ON FUNCTION work.claim FROM PUBLIC;
GRANT EXECUTE ON FUNCTION work.claim TO cordon_identity;

RESET ROLE;
