// The browser tests that a split server has to pass: CORDON_SPLIT=1.
import './stores.test.mjs';
import './live.test.mjs';
import './sessions.test.mjs';
import './tokens.test.mjs';
