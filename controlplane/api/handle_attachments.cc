#include "controlplane/api/named.h"

namespace demarc::cp::handlers {
namespace {

json show(const Named<Attachment>& row) {
  const Attachment& a = row.object;
  json out{{"name", a.name}, {"port", a.port}, {"vlan", a.vlan.value}, {"vrf", row.vrf}};
  if (a.outer_vlan != kUntagged) out["outer_vlan"] = a.outer_vlan.value;
  if (a.address) out["address"] = to_string(*a.address);
  if (a.ipv6) out["ipv6"] = to_string(*a.ipv6);
  add_options(a.options, out);
  return out;
}

}  // namespace

Result<Rows> list_attachments(const Model& model, const Call& call) {
  return list_of(model, call, model.index.attachment_names, model.attachments, show);
}

Result<json> add_attachment(Edit& edit, const Call& call) {
  const auto at = tenant_and_vrf(edit.model(), call);
  if (!at) return tl::unexpected(at.error());
  const auto address = maybe(call.body, "address", parse_ipv4_interface);
  if (!address) return tl::unexpected(address.error());
  const auto ipv6 = maybe(call.body, "ipv6", parse_ipv6_interface);
  if (!ipv6) return tl::unexpected(ipv6.error());
  Attachment attachment;
  attachment.tenant = at->tenant->id;
  attachment.name = call.body["name"].get<std::string>();
  attachment.port = call.body["port"].get<std::string>();
  attachment.vlan = VlanId{call.body["vlan"].get<uint16_t>()};
  attachment.vrf = at->vrf->id;
  attachment.address = *address;
  attachment.ipv6 = *ipv6;
  attachment.outer_vlan = VlanId{call.body.value("outer_vlan", uint16_t{0})};
  attachment.options = options_from(call.body, AttachmentOptions{});
  const auto added = edit.add_attachment(attachment);
  if (!added) return tl::unexpected(added.error());
  return show({*added, vrf_name_for(edit.model(), *added)});
}

Result<json> set_attachment(Edit& edit, const Call& call) {
  const auto set = set_named(edit, call, find_attachment, &Edit::set_attachment);
  if (!set) return tl::unexpected(set.error());
  return show({*set, vrf_name_for(edit.model(), *set)});
}

Result<json> remove_attachment(Edit& edit, const Call& call) {
  return remove_named(edit, call, find_attachment, &Edit::remove_attachment);
}

}  // namespace demarc::cp::handlers
