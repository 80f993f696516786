-- Learns from a lock conflict that B's row exists.
SET lock_timeout = '100ms';
SELECT FROM commerce.conversation WHERE conversation_id = ':b_conversation' FOR UPDATE NOWAIT;
UPDATE commerce.conversation SET preview = preview WHERE conversation_id = ':b_conversation';
DELETE FROM work.job WHERE job_id = ':b_job';
SELECT * FROM work.job FOR UPDATE SKIP LOCKED;
