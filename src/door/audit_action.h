// What an audit event can be about: one table. An action that is not in it does not compile, and so neither does a
// route without one.
#pragma once
#include <array>
#include <stdexcept>
#include <string_view>

namespace cordon::door {

/// What kind of event an action is; how long events stay is decided by it.
enum class EventKind {
  probe,     ///< read by machines: health, the log's own tiles
  access,    ///< data was read, or a request came to nothing
  service,   ///< services among themselves
  audit,     ///< the audit log was looked at
  identity,  ///< sign-in, sessions, people, what they may
  change,    ///< data or settings were changed
  stop,      ///< kill switches
  key,       ///< keys were made or ended
};

struct KindInfo {
  EventKind kind;
  std::string_view name;
  int days;  ///< that events of the kind stay
};

/// `audit.kind` and `audit.action` of the database have the same (audit/retention_test.cc): it decides what is let go,
/// and the log's key signs nothing that this table does not say too.
inline constexpr std::array<KindInfo, 8> kKinds{{
    {EventKind::access, "access", 400},
    {EventKind::audit, "audit", 7 * 365},
    {EventKind::change, "change", 3 * 365},
    {EventKind::identity, "identity", 3 * 365},
    {EventKind::key, "key", 7 * 365},
    {EventKind::probe, "probe", 30},
    {EventKind::service, "service", 400},
    {EventKind::stop, "stop", 7 * 365},
}};

/// The kind of that name; null for a name of none.
constexpr const KindInfo* find_kind(std::string_view name) {
  for (const KindInfo& kind : kKinds)
    if (kind.name == name) return &kind;
  return nullptr;
}

struct ActionInfo {
  std::string_view name;  ///< "conversation.list"
  EventKind kind;
  std::string_view about;
};

inline constexpr std::array<ActionInfo, 115> kActions{{
    {"api.read", EventKind::access, "the OpenAPI document was read"},
    {"assistant.answer", EventKind::access, "the assistant answered a shopper"},
    {"attribution.read", EventKind::access, "attributed revenue was read"},
    {"audit.export", EventKind::audit, "audit events were exported"},
    {"audit.fetch", EventKind::audit, "an export of audit events was read back from an object store"},
    {"audit.hold", EventKind::audit, "a hold was put on audit events: none of them is let go"},
    {"audit.let-go", EventKind::audit, "audit events whose time was over were let go"},
    {"audit.list", EventKind::audit, "audit events were looked at"},
    {"audit.prove", EventKind::audit, "a proof that an event is in the log was made"},
    {"audit.release", EventKind::audit, "a hold on audit events was lifted"},
    {"conversation.close", EventKind::change, "a conversation was closed"},
    {"conversation.list", EventKind::access, "conversations were listed"},
    {"conversation.mark-read", EventKind::change, "what was read up to a message was marked"},
    {"conversation.open", EventKind::change, "a conversation was begun or gone on with"},
    {"conversation.read", EventKind::access, "a conversation was read"},
    {"conversation.release", EventKind::change, "a conversation was given back to the assistant"},
    {"conversation.take", EventKind::change, "somebody took a conversation over"},
    {"customer.conversations", EventKind::access, "a customer's conversations were listed"},
    {"customer.list", EventKind::access, "customers were listed"},
    {"customer.orders", EventKind::access, "a customer's orders were listed"},
    {"customer.read", EventKind::access, "a customer's profile was read"},
    {"customer.unindex", EventKind::change, "blind indexes were taken off a customer whose key has ended"},
    {"data.read", EventKind::access, "statements ran that no other event tells of"},
    {"egress.mail", EventKind::service, "an e-mail was handed to the mail server"},
    {"egress.shopify", EventKind::service, "Shopify was asked something"},
    {"grant.approve", EventKind::identity, "a shop's owner let the staff in"},
    {"grant.enter", EventKind::identity, "staff entered a shop"},
    {"grant.list", EventKind::access, "support grants were listed"},
    {"grant.open", EventKind::identity, "staff asked to be let into a shop"},
    {"grant.revoke", EventKind::identity, "a shop's owner ended a support grant"},
    {"grant.settings", EventKind::change, "whether staff have to ask was changed"},
    {"grant.settings.read", EventKind::access, "whether staff have to ask was read"},
    {"grant.withdraw", EventKind::identity, "staff ended their own support grant"},
    {"health.read", EventKind::probe, "a health check"},
    {"import", EventKind::change, "data was imported"},
    {"inbox.socket", EventKind::access, "the live inbox was opened"},
    {"inbox.ticket", EventKind::access, "a ticket for the live inbox was made"},
    {"job.accept", EventKind::service, "a job was taken over from another service"},
    {"job.claim", EventKind::service, "jobs that nobody did were taken up"},
    {"key.destroy", EventKind::key, "keys were destroyed"},
    {"key.destroy.approve", EventKind::key, "a second one of the staff agreed to the end of a key"},
    {"key.destroy.ask", EventKind::key, "the end of keys was asked for"},
    {"key.destroy.list", EventKind::access, "ends of keys were listed"},
    {"key.destroy.withdraw", EventKind::key, "the end of a key was called off"},
    {"key.renew", EventKind::key, "new keys for a shop's data subjects were begun"},
    {"key.rotate", EventKind::key, "a shop, or the KMS, got a new key"},
    {"key.use", EventKind::service, "the KMS was asked for something about a key"},
    {"keys.read", EventKind::access, "the keys that verify access tokens were read"},
    {"log.begin", EventKind::audit, "this log was begun in the place of another one"},
    {"log.read", EventKind::probe, "a checkpoint or a tile of this log was read"},
    {"member.add", EventKind::identity, "somebody came into a shop through Shopify"},
    {"member.ask-link", EventKind::identity, "somebody asked for a sign-in link by mail"},
    {"member.change", EventKind::identity, "the role of one of a shop's people was changed"},
    {"member.invite", EventKind::identity, "somebody was invited into a shop"},
    {"member.link", EventKind::identity, "one of a shop's people got a new sign-in link"},
    {"member.list", EventKind::access, "a shop's people were listed"},
    {"member.remove", EventKind::identity, "one of a shop's people was let go"},
    {"merchant.change", EventKind::change, "a shop's settings were changed"},
    {"merchant.read", EventKind::access, "a shop's settings were read"},
    {"message.list", EventKind::access, "messages were read"},
    {"message.read", EventKind::access, "new messages were read over a socket"},
    {"message.send", EventKind::change, "a message was sent"},
    {"order.list", EventKind::access, "orders were listed"},
    {"order.record", EventKind::change, "an order was recorded"},
    {"origin.allow", EventKind::change, "another origin may embed a shop's widget"},
    {"platform.start", EventKind::stop, "everything was let go on"},
    {"platform.stop", EventKind::stop, "everything was stopped"},
    {"policy.list", EventKind::access, "a shop's policies were read"},
    {"product.list", EventKind::access, "a shop's catalogue was read"},
    {"request.unknown", EventKind::access, "a request for nothing that there is"},
    {"service.token", EventKind::service, "a seal was made beside a sign-in, or a service token"},
    {"session.end", EventKind::identity, "somebody signed out"},
    {"session.idle", EventKind::identity, "a session that nobody used was ended"},
    {"session.list", EventKind::access, "sessions were listed"},
    {"session.open", EventKind::identity, "somebody signed in"},
    {"session.read", EventKind::access, "somebody asked who they are"},
    {"session.refresh", EventKind::identity, "a session got a new access token"},
    {"session.reuse", EventKind::identity, "a used refresh token came again: the session was ended"},
    {"session.revoke", EventKind::identity, "a session was ended by somebody else"},
    {"shopify.begin", EventKind::identity, "a sign-in through Shopify was begun"},
    {"shopify.callback", EventKind::identity, "a sign-in through Shopify came back"},
    {"shopify.install", EventKind::identity, "a shop's Shopify tokens were stored"},
    {"shopify.refresh", EventKind::service, "a shop's Shopify token was renewed"},
    {"socket.refuse", EventKind::access, "a message over a socket came to nothing"},
    {"staff.accept", EventKind::identity, "one of the staff took up an invitation"},
    {"staff.end", EventKind::identity, "an account of the staff was ended"},
    {"staff.enrol", EventKind::identity, "one of the staff set up a second factor"},
    {"staff.factor.add", EventKind::identity, "one of the staff added a factor"},
    {"staff.factor.begin", EventKind::identity, "one of the staff began to add a factor"},
    {"staff.factor.remove", EventKind::identity, "one of the staff removed a factor"},
    {"staff.forgot", EventKind::identity, "one of the staff asked for a new password"},
    {"staff.invite", EventKind::identity, "somebody was invited to the staff"},
    {"staff.list", EventKind::access, "the staff were listed"},
    {"staff.mfa", EventKind::identity, "one of the staff proved a second factor"},
    {"staff.password", EventKind::identity, "one of the staff gave a password"},
    {"staff.password.change", EventKind::identity, "one of the staff changed their password"},
    {"staff.read", EventKind::access, "one of the staff looked at their account"},
    {"staff.recovery-codes", EventKind::identity, "one of the staff made new recovery codes"},
    {"staff.reset", EventKind::identity, "a factor or password of the staff was reset"},
    {"staff.session.end", EventKind::identity, "sessions of one of the staff were ended by an administrator"},
    {"staff.session.list", EventKind::access, "sessions of one of the staff were listed"},
    {"staff.sign-in", EventKind::identity, "one of the staff signed in"},
    {"staff.step-up", EventKind::identity, "one of the staff proved a second factor again"},
    {"staff.step-up.begin", EventKind::identity, "one of the staff was asked for a second factor again"},
    {"tenant.add", EventKind::change, "a shop came in"},
    {"tenant.resume", EventKind::stop, "a shop was let go on"},
    {"tenant.suspend", EventKind::stop, "a shop was suspended"},
    {"token.create", EventKind::identity, "an API token was made"},
    {"token.list", EventKind::access, "API tokens were listed"},
    {"token.misuse", EventKind::identity, "an API token was refused"},
    {"token.revoke", EventKind::identity, "an API token was ended"},
    {"visit.open", EventKind::identity, "a shopper's page opened a visit"},
    {"visit.recognise", EventKind::identity, "Shopify vouched for a shopper"},
    {"visit.socket", EventKind::access, "a shopper's chat was opened"},
    {"visit.ticket", EventKind::access, "a ticket for a shopper's chat was made"},
}};

/// One action of the table.
class AuditAction {
 public:
  consteval AuditAction(const char* name) : AuditAction(find(name)) {}
  /// For a name that only the running program knows; throws std::logic_error where it is not in the table.
  static constexpr AuditAction of(std::string_view name) { return find(name); }

  std::string_view name;
  EventKind kind;

  bool operator==(const AuditAction& other) const { return name == other.name; }

 private:
  explicit constexpr AuditAction(const ActionInfo& info) : name(info.name), kind(info.kind) {}
  static constexpr AuditAction find(std::string_view name) {
    for (const ActionInfo& action : kActions)
      if (action.name == name) return AuditAction(action);
    throw std::logic_error("an audit action that door/audit_action.h does not have");
  }
};

}  // namespace cordon::door
