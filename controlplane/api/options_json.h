// The rates of tenants and sessions, and the options of VRFs, attachments and GTP-U endpoints as JSON, both ways. Shown
// are those that are not the default.
#pragma once

#include "controlplane/api/json_text.h"
#include "controlplane/model/objects.h"

namespace demarc::cp {

// Rates are members of their object: uplink_bps and so on.
void add_rates(const Rates& rates, json& out);
Rates rates_from(const json& body, Rates rates);

void add_options(const VrfOptions& options, json& out);
void add_options(const AttachmentOptions& options, json& out);
void add_options(const GtpuEndpointOptions& options, json& out);

// `options` with what `body`, whose shape has been checked, has of them.
VrfOptions options_from(const json& body, VrfOptions options);
AttachmentOptions options_from(const json& body, AttachmentOptions options);
GtpuEndpointOptions options_from(const json& body, GtpuEndpointOptions options);

}  // namespace demarc::cp
