#include "app/audit_command_line.h"

#include <CLI/CLI.hpp>

#include "app/let_go_commands.h"
#include "app/operator.h"

namespace cordon::app {

AuditCommands::AuditCommands(CLI::App& app) {
  all = app.add_subcommand("audit", "the audit log")->require_subcommand(1);
  key_ = all->add_subcommand("key", "the key that signs the log, for those who verify it");
  add_verify();
  begin_ = all->add_subcommand("new-log",
                               "end the log and begin another, with every event, where the database does not continue "
                               "what was signed");
  begin_->add_option("--why", why_, "why; it stands in the new log")->required();
  add_search();
  add_exports();
  rows_ = all->add_subcommand("rows", "whether PostgreSQL gave more rows than events tell of");
  rows_->add_option("--settle", settle_, "seconds to wait for what is under way")->check(CLI::Range(0, 600));
  add_retention();
}

void AuditCommands::add_verify() {
  verify_ = all->add_subcommand("verify", "whether the log, and the events in it, are what they were");
  auto* url = verify_->add_option("--url", wanted_.url, "of a published log: https://log.example/audit");
  auto* folder = verify_->add_option("--folder", wanted_.folder, "a copy of a published log")->excludes(url);
  verify_->add_option("--export", wanted_.exported, "a folder that `cordon audit export` made")
      ->excludes(url)
      ->excludes(folder);
  verify_->add_option("--key", wanted_.key, "whom to believe: what `cordon audit key` printed");
  verify_->add_option("--policy", wanted_.policy, "whose cosignatures are asked for (c2sp.org/tlog-policy)")
      ->check(CLI::ExistingFile);
  verify_->add_option("--trust", wanted_.trust, "PEM file with the certificate of the server at --url")->needs(url);
  verify_->add_option("--seen", wanted_.seen, "a checkpoint from before, which the log has to continue");
  verify_->add_option("--copy", wanted_.copy, "copy the log of --url to this folder, if it is sound")->needs(url);
}

void AuditCommands::add_search() {
  search_ = all->add_subcommand("search", "events, newest first, as JSON lines");
  export_ = all->add_subcommand("export", "events with their proofs, signed, for whoever has nothing else");
  tail_ = all->add_subcommand("tail", "the last 20 events, as JSON lines");
  for (CLI::App* command : {search_, export_, tail_}) add_filters(command);
  for (CLI::App* command : {search_, export_}) {
    command->add_option("--from", from_, "RFC 3339");
    command->add_option("--to", to_, "RFC 3339");
  }
  search_->add_option("--limit", limit_, "how many (50 if not given)");
  export_->add_option("--format", format_, "jsonl (with the proofs), csv or both")
      ->check(CLI::IsMember({"jsonl", "csv", "both"}))
      ->capture_default_str();
  tail_->add_flag("--follow", follow_, "and new ones as they come, until SIGINT or SIGTERM");
}

void AuditCommands::add_exports() {
  const std::string into = "a folder that is made for it, or is empty";
  const std::string store = "an object store: folder:/PATH or s3:https://HOST/BUCKET?region=...&credentials=FILE";
  auto* where = export_->add_option_group("where")->require_option(1);
  where->add_option("--out", export_folder_, into + "; it is in the clear there");
  where->add_option("--store", store_, store + "; it is sealed there, and ends with the shop's key");
  fetch_ = all->add_subcommand("fetch", "an export that was sealed into an object store, back into a folder");
  fetch_->add_option("--store", store_, store)->required();
  fetch_->add_option("export", export_id_, "its id, which export and exports tell")->required();
  fetch_->add_option("folder", export_folder_, into)->required();
  exports_ = all->add_subcommand("exports", "the exports that were sealed into object stores, newest first");
}

void AuditCommands::add_retention() {
  let_go_ = all->add_subcommand("let-go", "have the events whose time is over let go now, not within the hour");
  let_go_->add_flag("--dry-run", dry_, "say what is over, and what is held; let nothing go");
  hold_ = all->add_subcommand("hold", "let nothing go of one shop, or at all, whatever its age");
  release_ = all->add_subcommand("release", "lift such a hold");
  for (CLI::App* one : {hold_, release_}) {
    auto* whose = one->add_option_group("whose")->require_option(1);
    whose->add_option("--shop", shop_, "the shop");
    whose->add_flag("--all", everybody_, "everybody's events");
  }
  hold_->add_option("--why", why_, "why, in 500 characters; the shop sees it in its events")->required();
  statements_ = all->add_subcommand("statements", "the signed statements of what was let go");
}

void AuditCommands::add_filters(CLI::App* command) {
  command->add_option("--shop", shop_, "of one shop");
  command->add_option("--action", action_, "such as conversation.read");
  command->add_option("--resource", resource_, "the beginning of what was asked for, such as /v1/customers/");
  command->add_option("--subject", subject_, "who: a member's, visitor's or staff account's id");
  command->add_option("--status", status_, "the answer's status")->check(CLI::Range(100, 599));
  command->add_option("--code", code_, "the answer's error, such as forbidden");
  command->add_option("--address", address_, "where it was asked from");
}

Result<audit::EventQuery> AuditCommands::query() const {
  audit::EventQuery out;
  if (!action_.empty()) out.action = Text<1, 60>{action_};
  if (!resource_.empty()) out.resource = Text<1, 300>{resource_};
  if (!code_.empty()) out.code = Text<1, 60>{code_};
  if (!address_.empty()) out.address = Text<1, 60>{address_};
  if (status_ != 0) out.status = Int<100, 599>{status_};
  out.limit = Int<1, 200>{limit_};
  out.from = parse_time(from_);
  out.to = parse_time(to_);
  out.subject_id = SubjectId::parse(subject_);
  if (!from_.empty() && !out.from) return fail(Code::invalid, "--from takes a time such as 2026-11-28T08:00:00Z");
  if (!to_.empty() && !out.to) return fail(Code::invalid, "--to takes a time such as 2026-11-28T08:00:00Z");
  if (!subject_.empty() && !out.subject_id) return fail(Code::invalid, "--subject takes an id");
  return out;
}

net::Task<Result<Done>> AuditCommands::keep(identity::Backend& backend, std::optional<TenantId> tenant) const {
  if (*statements_) co_return co_await print_statements(backend, 1);
  if (*let_go_ && dry_) co_return co_await print_due(backend);
  if (*let_go_) co_return co_await have_let_go(backend, std::chrono::minutes(5));
  if (!tenant && !everybody_) co_return fail(Code::invalid, "--shop takes a shop's name");
  if (*release_) co_return co_await backend.identity.release_events(tenant);
  co_return co_await backend.identity.hold_events(tenant, why_);
}

net::Task<Result<Done>> AuditCommands::export_events(identity::Backend& backend, std::optional<TenantId> tenant,
                                                     audit::EventQuery query) const {
  audit::Export wanted{tenant, std::move(query), export_folder_, format_ != "csv", format_ != "jsonl"};
  if (store_.empty()) co_return co_await export_to_folder(backend, std::move(wanted));
  co_return co_await export_to_store(backend, std::move(wanted), store_);
}

int AuditCommands::run(const Config& config) const {
  // A stranger who verifies has no database.
  if (*verify_ && !(wanted_.url.empty() && wanted_.folder.empty() && wanted_.exported.empty())) {
    const auto done = run_alone([this] { return verify_log(nullptr, wanted_); });
    return done ? 0 : complain(done.error());
  }
  const auto asked = query();
  if (!asked) return complain(asked.error());
  return operate_on_shop(config, shop_,
                         [&](identity::Backend& backend, std::optional<TenantId> tenant) -> net::Task<Result<Done>> {
                           if (*key_) co_return co_await print_log_key(backend);
                           if (*verify_) co_return co_await verify_log(&backend, wanted_);
                           if (*rows_) co_return co_await compare_rows(backend, std::chrono::seconds(settle_));
                           if (*tail_) co_return co_await print_tail(backend, tenant, *asked, follow_);
                           if (*export_) co_return co_await export_events(backend, tenant, *asked);
                           if (*fetch_) co_return co_await fetch_to_folder(backend, store_, export_id_, export_folder_);
                           if (*exports_) co_return co_await print_exports(backend);
                           if (*begin_) co_return co_await begin_new_log(backend, config, why_);
                           if (*let_go_ || *hold_ || *release_ || *statements_)
                             co_return co_await keep(backend, tenant);
                           co_return co_await print_events(backend, tenant, *asked);
                         });
}

}  // namespace cordon::app
