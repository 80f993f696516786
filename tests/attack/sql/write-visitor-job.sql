-- As a visitor, queues a job for another visitor's conversation, so that the assistant writes there.
-- as: visitor
INSERT INTO work.job (tenant_id, job_id, visitor_id, kind, conversation_id, after_seq) VALUES (':a_tenant', ':b_job', ':a_visitor', 'assistant', ':a_conversation2', 1);
UPDATE work.job SET conversation_id = ':a_conversation2';
UPDATE work.job SET visitor_id = ':a_visitor2';
SELECT count(*) FROM work.job WHERE conversation_id = ':a_conversation2';
