#include "controlplane/api/named.h"

namespace demarc::cp::handlers {
namespace {

json show(const Named<Attachment>& row) {
  const Attachment& a = row.object;
  return {
      {"name", a.name}, {"port", a.port}, {"vlan", a.vlan.value}, {"vrf", row.vrf}, {"address", to_string(a.address)}};
}

}  // namespace

Result<Rows> list_attachments(const Model& model, const Call& call) {
  return list_of(model, call, model.index.attachment_names, model.attachments, show);
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
  return show({*added, vrf_name_for(edit.model(), *added)});
}

Result<json> remove_attachment(Edit& edit, const Call& call) {
  return remove_named(edit, call, find_attachment, &Edit::remove_attachment);
}

}  // namespace demarc::cp::handlers
