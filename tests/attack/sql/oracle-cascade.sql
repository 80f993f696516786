-- Deletes rows so that cascades and SET NULL reach into B.
DELETE FROM commerce.conversation WHERE conversation_id = ':b_conversation';
DELETE FROM commerce.customer WHERE customer_id = ':b_customer';
UPDATE commerce.conversation SET conversation_id = ':b_conversation' WHERE conversation_id = ':a_conversation';
UPDATE commerce.customer SET customer_id = ':b_customer';
DELETE FROM commerce.conversation;
DELETE FROM commerce.visitor;
