// The nearest of some words, for a word that was mistyped.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace demarc::shell {

// How many letters must be added, removed, changed or swapped with their neighbour to get from `a` to `b`.
size_t edit_distance(std::string_view a, std::string_view b);

// Empty when none is near: more than a third of the letters differ, and more than 2.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace demarc::shell
