-- Locks rows of B and learns from it that they are there.
SELECT * FROM commerce.conversation WHERE conversation_id = ':b_conversation' FOR UPDATE NOWAIT;
SELECT * FROM commerce.message WHERE conversation_id = ':b_conversation' FOR SHARE SKIP LOCKED;
SELECT * FROM commerce.customer FOR KEY SHARE;
