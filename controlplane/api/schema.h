// The shapes of bodies, as JSON Schema: one declaration serves /v1/openapi.json, the check of every request and, in the
// tests, the check of every answer.
#pragma once

#include <string_view>

#include "controlplane/api/json_text.h"

namespace demarc::cp {

// All named schemas: OpenAPI's `components.schemas`. Read once from the texts in schemas.cc and from counters.def.
const json& schemas();

// {"$ref": …} for one of them.
json schema_ref(std::string_view name);

// Checks `value` strictly: members that the schema does not name are refused. Knows the part of JSON Schema that
// schemas.cc uses: type, properties, required, items, minItems, maxItems, minimum, maximum, maxLength, enum, oneOf,
// format (ipv4, ipv4-interface, ipv6, ipv6-interface, ipv6-prefix-64, ip, ip-prefix: common/base), $ref.
// Errors: invalid, with the member's path, its value and what would be right: `pdrs[1].pdi.qfi: 64 is above 63`.
Status check_schema(const json& schema, const json& value);

}  // namespace demarc::cp
