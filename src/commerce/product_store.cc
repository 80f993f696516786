#include "commerce/product_store.h"

#include "commerce/cursor.h"
#include "db/page.h"

namespace cordon::commerce {

namespace {

#define PRODUCT                                                                                                        \
  "p.product_id, p.handle, p.title, p.description, p.vendor, p.product_type, p.tags, p.image_url, p.price_min_minor, " \
  "p.price_max_minor, p.currency::text, p.available"
// $1 after, $2 limit
constexpr db::Statement kList{
    "product.list",
    "SELECT " PRODUCT " FROM commerce.product p WHERE p.product_id > $1::uuid ORDER BY p.product_id LIMIT $2::integer"};
// Words in any order as a web search takes them, or a part of the title: a shopper types "sock" before "socks". What
// has it in the title ranks before the rest; a whole number, so that a cursor says exactly where a page ended. $1
// query, $2 pattern, $3, $4 position, $5 limit
constexpr db::Statement kSearch{"product.search", "SELECT " PRODUCT R"(, p.rank FROM (
    SELECT p.*, CASE WHEN p.title ILIKE $2 THEN 1000000000000 ELSE 0 END + (1000000 * ts_rank_cd(p.search, q))::bigint AS rank
      FROM commerce.product p, websearch_to_tsquery('english', $1) q WHERE p.search @@ q OR p.title ILIKE $2) p
  WHERE (p.rank, p.product_id) < ($3::bigint, $4::uuid) ORDER BY p.rank DESC, p.product_id DESC LIMIT $5::integer)"};
constexpr int kRank = 12;
constexpr db::Statement kPolicies{
    "product.policies",
    "SELECT policy_id, kind, title, body FROM commerce.policy WHERE policy_id > $1::uuid ORDER BY policy_id LIMIT "
    "$2::integer"};

// $1 tenant, then a text[] for each column; $8 tags as one text of lines, since arrays of arrays must be rectangular
constexpr db::Statement kPut{"product.put", R"(
  INSERT INTO commerce.product (tenant_id, product_id, handle, title, description, vendor, product_type, tags, options, image_url,
                                price_min_minor, price_max_minor, currency, available)
  SELECT $1::uuid, n.id::uuid, n.handle, n.title, n.description, n.vendor, n.type, string_to_array(n.tags, E'\n'), n.options,
         nullif(n.image, ''), n.low::bigint, n.high::bigint, n.currency, n.available::boolean
    FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[],
                $12::text[], $13::text[], $14::text[])
      AS n (id, handle, title, description, vendor, type, tags, options, image, low, high, currency, available)
  ON CONFLICT (tenant_id, handle) DO UPDATE SET title = excluded.title, description = excluded.description, vendor = excluded.vendor,
    product_type = excluded.product_type, tags = excluded.tags, options = excluded.options, image_url = excluded.image_url,
    price_min_minor = excluded.price_min_minor, price_max_minor = excluded.price_max_minor, currency = excluded.currency,
    available = excluded.available)"};
// $1 tenant, $2 ids, $3 kinds, $4 titles, $5 bodies
constexpr db::Statement kPutPolicies{"product.put_policies", R"(
  INSERT INTO commerce.policy (tenant_id, policy_id, kind, title, body)
  SELECT $1::uuid, n.id::uuid, n.kind, n.title, n.body FROM unnest($2::text[], $3::text[], $4::text[], $5::text[]) AS n (id, kind, title, body)
  ON CONFLICT (tenant_id, title) DO UPDATE SET kind = excluded.kind, body = excluded.body)"};

// The question's lexemes (stop words are gone by then) against each text's. A lexeme weighs the more the fewer of the
// shop's texts have it (inverse document frequency); in a title it counts half as much again, and what was only asked
// before, half. The first forty count, so that nobody makes this slow by asking at length. Of equals the one with the
// shortest title is most about it. $1 question, $2 what was asked before, $3 limit
constexpr db::Statement kFind{"product.find", R"(
  WITH texts AS MATERIALIZED (
    SELECT 'product' AS kind, product_id AS id, tsvector_to_array(search) AS words, tsvector_to_array(ts_filter(search, '{a}')) AS title
      FROM commerce.product
    UNION ALL
    SELECT 'policy', policy_id, tsvector_to_array(search), tsvector_to_array(ts_filter(search, '{a}')) FROM commerce.policy),
  lexemes AS (
    SELECT l.word, max(l.part) AS part
      FROM (SELECT lexeme AS word, 1.0 AS part, positions[1] AS place FROM unnest(to_tsvector('english', $1))
            UNION ALL SELECT lexeme, 0.5, positions[1] FROM unnest(to_tsvector('english', $2))) l
     GROUP BY l.word ORDER BY max(l.part) DESC, min(l.place) LIMIT 40),
  asked AS MATERIALIZED (
    SELECT l.word, l.part * ln(1 + count(*) / (1.0 + count(*) FILTER (WHERE l.word = ANY (t.words)))) AS weight
      FROM lexemes l, texts t GROUP BY l.word, l.part),
  ranked AS (
    SELECT t.kind, t.id, m.matched / m.asked AS share, cardinality(t.title) AS words
      FROM texts t,
           LATERAL (SELECT coalesce(sum(a.weight) FILTER (WHERE a.word = ANY (t.words)), 0)
                           + coalesce(sum(a.weight) FILTER (WHERE a.word = ANY (t.title)), 0) / 2 AS matched, sum(a.weight) AS asked FROM asked a) m
     WHERE m.matched > 0
     ORDER BY share DESC, words, t.kind, t.id LIMIT $3::integer)
  SELECT r.kind, r.id, coalesce(p.title, q.title), coalesce(p.description, q.body), coalesce(p.price_min_minor, 0), coalesce(p.price_max_minor, 0),
         coalesce(p.currency::text, ''), coalesce(p.available, true), (1000 * r.share)::bigint
    FROM ranked r LEFT JOIN commerce.product p ON r.kind = 'product' AND p.product_id = r.id
                  LEFT JOIN commerce.policy q ON r.kind = 'policy' AND q.policy_id = r.id
   ORDER BY r.share DESC, r.words, r.kind, r.id)"};

Product read_product(const db::Rows& r, int i) {
  Product p;
  p.id = r.id<ProductId>(i, 0);
  p.handle = r.text(i, 1);
  p.title = r.text(i, 2);
  p.description = r.text(i, 3);
  p.vendor = r.text(i, 4);
  p.product_type = r.text(i, 5);
  p.tags = r.texts(i, 6);
  p.image_url = r.maybe_text(i, 7);
  p.price_min_minor = r.integer(i, 8);
  p.price_max_minor = r.integer(i, 9);
  p.currency = r.text(i, 10);
  p.available = r.boolean(i, 11);
  return p;
}

Policy read_policy(const db::Rows& r, int i) {
  return {r.id<PolicyId>(i, 0), std::string(r.text(i, 1)), std::string(r.text(i, 2)), std::string(r.text(i, 3))};
}

/// A page of rows that are ordered by id alone.
auto page_of(const Listing& listing, const db::Rows& rows, int64_t limit, auto read) {
  return db::page_of(rows, limit, read, [&](const auto& last) { return to_cursor(listing, {{}, last.id.value}); });
}

Result<Uuid> after(const Listing& listing, const std::optional<Text<1, 200>>& cursor) {
  if (!cursor) return Uuid{};
  auto position = from_cursor(listing, cursor);
  if (!position) return std::unexpected(position.error());
  return position->id;
}

net::Task<Result<Page<Product>>> find_products(door::Scope& scope, const ListProducts& in) {
  const std::string& words = in.query->value;
  // With the words, so that a cursor goes on with no other question.
  const std::string name = "products found by " + words;
  const Listing listing{name, scope.tenant()};
  auto from = from_cursor(listing, in.cursor);
  if (!from) co_return std::unexpected(from.error());
  auto rows =
      co_await scope.read(db::query(kSearch, words, like_pattern(words), from->rank, from->id, in.limit.value + 1));
  if (!rows) co_return std::unexpected(rows.error());
  co_return db::page_of(*rows, in.limit.value, read_product, [&](const Product& last) {
    return to_cursor(listing, {{}, last.id.value, rows->integer(static_cast<int>(in.limit.value) - 1, kRank)});
  });
}

std::string lines(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : "\n") + word;
  return out;
}

}  // namespace

net::Task<Result<Page<Product>>> list_products(door::Scope& scope, ListProducts in) {
  if (in.query) co_return co_await find_products(scope, in);
  const Listing listing{"products", scope.tenant()};
  auto from = after(listing, in.cursor);
  if (!from) co_return std::unexpected(from.error());
  auto rows = co_await scope.read(db::query(kList, *from, in.limit.value + 1));
  if (!rows) co_return std::unexpected(rows.error());
  co_return page_of(listing, *rows, in.limit.value, read_product);
}

net::Task<Result<Page<Policy>>> list_policies(door::Scope& scope, ListPolicies in) {
  const Listing listing{"policies", scope.tenant()};
  auto from = after(listing, in.cursor);
  if (!from) co_return std::unexpected(from.error());
  auto rows = co_await scope.read(db::query(kPolicies, *from, in.limit.value + 1));
  if (!rows) co_return std::unexpected(rows.error());
  co_return page_of(listing, *rows, in.limit.value, read_policy);
}

net::Task<Result<Done>> put_products(door::Scope& scope, std::vector<NewProduct> products) {
  std::array<std::vector<std::string>, 13> columns;
  for (const auto& [p, options] : products) {
    const std::array<std::string, 13> row{to_string(p.id),
                                          p.handle,
                                          p.title,
                                          p.description,
                                          p.vendor,
                                          p.product_type,
                                          lines(p.tags),
                                          options,
                                          p.image_url.value_or(""),
                                          std::to_string(p.price_min_minor),
                                          std::to_string(p.price_max_minor),
                                          p.currency,
                                          p.available ? "t" : "f"};
    for (size_t i = 0; i < row.size(); ++i) columns[i].push_back(row[i]);
  }
  db::Query put = db::query(kPut, scope.tenant());
  for (const auto& column : columns) put.params.push_back(db::param(column));
  std::vector<db::Query> queries;
  queries.push_back(std::move(put));
  auto rows = co_await scope.change(std::move(queries));
  if (!rows) co_return std::unexpected(rows.error().error);
  co_return Done{};
}

net::Task<Result<Done>> put_policies(door::Scope& scope, std::vector<Policy> policies) {
  std::vector<std::string> ids, kinds, titles, bodies;
  for (const Policy& p : policies) {
    ids.push_back(to_string(p.id));
    kinds.push_back(p.kind);
    titles.push_back(p.title);
    bodies.push_back(p.body);
  }
  std::vector<db::Query> queries{db::query(kPutPolicies, scope.tenant(), ids, kinds, titles, bodies)};
  auto rows = co_await scope.change(std::move(queries));
  if (!rows) co_return std::unexpected(rows.error().error);
  co_return Done{};
}

net::Task<Result<std::vector<Finding>>> search_catalogue(door::Scope& scope, std::string question, std::string before,
                                                         int64_t limit) {
  auto rows = co_await scope.read(db::query(kFind, question, before, limit));
  if (!rows) co_return std::unexpected(rows.error());
  std::vector<Finding> out;
  for (int i = 0; i < rows->size(); ++i) {
    Finding f;
    f.kind = rows->text(i, 0) == "policy" ? SourceKind::policy : SourceKind::product;
    f.id = rows->uuid(i, 1);
    f.title = rows->text(i, 2);
    f.text = rows->text(i, 3);
    f.price_min_minor = rows->integer(i, 4);
    f.price_max_minor = rows->integer(i, 5);
    f.currency = rows->text(i, 6);
    f.available = rows->boolean(i, 7);
    f.share = rows->integer(i, 8);
    out.push_back(std::move(f));
  }
  co_return out;
}

}  // namespace cordon::commerce
