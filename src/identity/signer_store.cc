// Announcing signing keys and learning of the other replicas'.
#include "identity/signer.h"
#include "identity/transactions.h"

namespace cordon::identity {

namespace {

constexpr db::Statement kAnnounce{"signer.announce", R"(
  INSERT INTO identity.signing_key (kid, public_key, signs_from, signs_until, holds_until)
  SELECT $1, $2, f, f + make_interval(secs => $4::integer), f + make_interval(secs => $4::integer + $5::integer)
    FROM to_timestamp($3::bigint) AS f ON CONFLICT (kid) DO NOTHING)"};
constexpr db::Statement kForget{"signer.forget", "DELETE FROM identity.signing_key WHERE holds_until < now()"};
constexpr db::Statement kLearn{"signer.learn", "SELECT public_key FROM identity.signing_key"};

}  // namespace

net::Task<Result<Done>> Signer::keep(db::Pool& pool) {
  const int64_t time = now().micros / 1'000'000;
  if (auto turned = turn(time); !turned) co_return turned;
  std::vector<db::Query> queries;
  for (const Own& one : own_)
    queries.push_back(
        db::query(kAnnounce, one.key.thumbprint(), one.key.x(), one.from, lives_.signs.count(), lives_.after.count()));
  queries.push_back(db::query(kForget));
  queries.push_back(db::query(kLearn));
  auto rows = co_await run(pool, std::move(queries));
  if (!rows) co_return std::unexpected(rows.error());
  Keys others;
  for (int i = 0; i < rows->back().size(); ++i)
    if (auto key = Key::from_public(rows->back().text(i, 0))) others.emplace(key->thumbprint(), *key);
  announce(time, std::move(others));
  co_return Done{};
}

}  // namespace cordon::identity
