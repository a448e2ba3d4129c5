#include "controlplane/api/named.h"

namespace demarc::cp::handlers {
namespace {

json show(const Model& model, const Attachment& a) {
  return {{"name", a.name},
          {"port", a.port},
          {"vlan", a.vlan.value},
          {"vrf", vrf_name_of(model, a.vrf)},
          {"address", to_string(a.address)}};
}

}  // namespace

Result<json> list_attachments(const Model& model, const Call& call) {
  return list_of(model, call, &Model::attachments_of, show);
}

Result<json> add_attachment(Edit& edit, const Call& call) {
  const auto at = tenant_and_vrf(edit.model(), call);
  if (!at) return tl::unexpected(at.error());
  const auto address = parse_ipv4_interface(call.body["address"].get_ref<const std::string&>());
  if (!address) return tl::unexpected(address.error());
  Attachment attachment;
  attachment.tenant = at->tenant->id;
  attachment.name = call.body["name"].get<std::string>();
  attachment.port = call.body["port"].get<std::string>();
  attachment.vlan = VlanId{call.body["vlan"].get<uint16_t>()};
  attachment.vrf = at->vrf->id;
  attachment.address = *address;
  const auto added = edit.add_attachment(attachment);
  if (!added) return tl::unexpected(added.error());
  return show(edit.model(), *added);
}

Result<json> remove_attachment(Edit& edit, const Call& call) {
  return remove_named(edit, call, find_attachment, &Edit::remove_attachment);
}

}  // namespace demarc::cp::handlers
