// An SDF filter in the API: its flow description as a text when that is all that it has, else an object (schema
// SdfFilter).
#pragma once

#include <nlohmann/json.hpp>

#include "common/base/flow_description.h"

namespace demarc::cp {

nlohmann::json sdf_filter_json(const SdfFilter& filter);
// Of a value that the schema accepts. Errors: `invalid`, naming the word or the field.
Result<SdfFilter> sdf_filter_from(const nlohmann::json& value);

}  // namespace demarc::cp
