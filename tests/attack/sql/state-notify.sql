-- Sends notifications on the server's channel with the NOTIFY statement, which cannot be revoked.
NOTIFY cordon, 'forged';
NOTIFY cordon;
