// The peer: GET of a conversation's messages as a careful Node.js team would serve it. Fastify with schema-based serialisation,
// tokens checked by fast-jwt (Ed25519), pg with a pool and named prepared statements; row security on a session variable: BEGIN,
// set_config, the read, COMMIT. How many workers, and whether tokens are remembered, is the caller's choice.
import cluster from 'node:cluster';
import { readFileSync } from 'node:fs';
import { createVerifier } from 'fast-jwt';
import Fastify from 'fastify';
import pg from 'pg';

const { host, user, database, port, workers, connections, cache, key, statement } = JSON.parse(process.env.PEER);

if (cluster.isPrimary) {
  let listening = 0;
  for (let i = 0; i < workers; ++i) cluster.fork();
  cluster.on('listening', () => ++listening === workers && console.log('serving'));
  cluster.on('exit', () => process.exit(1));
  process.on('SIGTERM', () => process.exit(0));
} else {
  await serve();
}

async function serve() {
  const pool = new pg.Pool({ host, user, database, max: connections });
  const verify = createVerifier({ key: readFileSync(key), algorithms: ['EdDSA'], allowedIss: 'peer', allowedAud: 'peer', cache });

  const nullable = (type) => ({ type: [type, 'null'] });
  const message = {
    type: 'object',
    properties: {
      seq: { type: 'integer' }, id: { type: 'string' }, author: { type: 'string' }, author_id: nullable('string'), client_id: nullable('string'),
      text: { type: 'string' }, sources: { type: 'array', items: { type: 'object', properties: { kind: { type: 'string' }, id: { type: 'string' }, title: { type: 'string' } } } },
      sent_at: { type: 'string' },
    },
  };
  const schema = {
    params: { type: 'object', properties: { conversation_id: { type: 'string', format: 'uuid' } } },
    querystring: { type: 'object', properties: { before: { type: 'string', pattern: '^[0-9]{1,19}$' }, limit: { type: 'integer', minimum: 1, maximum: 100, default: 20 } } },
    response: { 200: { type: 'object', properties: { items: { type: 'array', items: message }, next_cursor: nullable('string') } } },
  };

  async function listMessages(tenant, conversation, before, limit) {
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      await client.query({ name: 'enter', text: "SELECT set_config('app.tenant', $1, true)", values: [tenant] });
      const { rows } = await client.query({ name: 'messages', text: statement, values: [conversation, before, limit] });
      await client.query('COMMIT');
      return rows;
    } catch (error) {
      await client.query('ROLLBACK');
      throw error;
    } finally {
      client.release();
    }
  }

  const app = Fastify({ logger: false });
  app.decorateRequest('claims', null);
  app.addHook('onRequest', async (request, reply) => {
    try {
      request.claims = verify((request.headers.authorization ?? '').replace(/^Bearer /, ''));
    } catch {
      return reply.code(401).send({ title: 'unauthenticated' });
    }
  });
  app.get('/v1/conversations/:conversation_id/messages', { schema }, async (request) => {
    const { before = '9223372036854775807', limit } = request.query;
    const rows = await listMessages(request.claims.tid, request.params.conversation_id, before, limit);
    const items = rows.map((row) => ({
      seq: Number(row.seq), id: row.message_id, author: row.author, author_id: row.author_id, client_id: row.client_id,
      text: row.body, sources: row.sources ? JSON.parse(row.sources) : [], sent_at: row.sent_at.toISOString(),
    }));
    const last = items.at(-1);
    return { items, next_cursor: last && last.seq > 1 && items.length === limit ? String(last.seq) : null };
  });
  await app.listen({ port, host: '127.0.0.1' });
}
