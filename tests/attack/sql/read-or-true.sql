-- Widens the condition with OR true, as an injection into a WHERE does.
SELECT * FROM commerce.message WHERE conversation_id = ':a_conversation' OR true;
SELECT * FROM commerce.customer WHERE name = '' OR ''='';
