// Every browser test in one process: they share one server. `node --test live.test.mjs` runs one file by itself.
import './stores.test.mjs';
import './live.test.mjs';
import './widget.test.mjs';
import './console.test.mjs';
import './access.test.mjs';
import './people.test.mjs';
import './sessions.test.mjs';
import './tokens.test.mjs';
import './staff.test.mjs';
import './audit-log.test.mjs';
import './shopify.test.mjs';
