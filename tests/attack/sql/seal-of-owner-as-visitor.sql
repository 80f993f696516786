-- Shows a merchant's seal on the visitor's login.
-- as: visitor
-- opens nothing: not even rows of A
SET cordon.seal = ':a_seal_owner';
SELECT * FROM commerce.merchant;
SELECT * FROM commerce.visitor;
SELECT * FROM commerce.conversation;
SELECT * FROM commerce.message;
SELECT * FROM commerce.product;
SELECT * FROM commerce.policy;
