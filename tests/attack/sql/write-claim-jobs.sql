-- Claims other tenants' jobs and pushes its own before them.
SELECT * FROM work.claim('assistant', 100, 1);
SELECT * FROM work.claim(NULL, NULL, NULL);
UPDATE work.job SET not_before = '-infinity' WHERE job_id = ':b_job';
UPDATE work.job SET conversation_id = ':b_conversation';
INSERT INTO work.job (tenant_id, job_id, visitor_id, kind, conversation_id, after_seq) VALUES (':b_tenant', gen_random_uuid(), ':b_visitor', 'assistant', ':b_conversation', 1);
