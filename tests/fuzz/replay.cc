// Runs a fuzz target without libFuzzer, the same way each time:
//   fuzz_NAME CORPUS_FOLDER MUTATIONS
// each file of the corpus as it is, cut at every byte (of the first 512), and then as many seeded mutations of them.
#include <dirent.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "tests/fuzz/target.h"

namespace {

using Input = std::vector<uint8_t>;

constexpr size_t kCutBytesMax = 512;
constexpr size_t kInputBytesMax = 4096;

Input current;

// The input that broke it, for a file of the corpus. Only calls what a signal handler may.
void name_the_input(int signal) {
  const char head[] = "the input, in hexadecimal:\n";
  (void)!write(STDERR_FILENO, head, sizeof head - 1);
  for (const uint8_t byte : current) {
    const char digits[] = "0123456789abcdef";
    const char text[2] = {digits[byte >> 4], digits[byte & 15]};
    (void)!write(STDERR_FILENO, text, 2);
  }
  (void)!write(STDERR_FILENO, "\n", 1);
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

void run(const Input& input) {
  current = input;
  // A block of exactly its size: a sanitizer sees the byte after it.
  const std::unique_ptr<uint8_t[]> copy(new uint8_t[input.size()]);
  std::copy(input.begin(), input.end(), copy.get());
  LLVMFuzzerTestOneInput(copy.get(), input.size());
}

std::vector<Input> read_corpus(const std::string& folder) {
  std::vector<std::string> names;
  DIR* const directory = opendir(folder.c_str());
  if (directory == nullptr) return {};
  while (const dirent* entry = readdir(directory))
    if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  closedir(directory);
  std::sort(names.begin(), names.end());  // the same order on every file system
  std::vector<Input> corpus;
  for (const std::string& name : names) {
    std::ifstream file(folder + "/" + name, std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return corpus;
}

// One to eight changes of the kinds that break parsers: a bit, a byte, an extreme value, a cut, a copy from another
// input.
Input mutate(Input input, const std::vector<Input>& corpus, std::mt19937_64& random) {
  const auto below = [&random](size_t n) { return static_cast<size_t>(random() % n); };
  for (size_t changes = 1 + below(8); changes > 0; --changes) {
    if (input.empty()) input.push_back(static_cast<uint8_t>(random()));
    const size_t at = below(input.size());
    switch (below(7)) {
      case 0: input[at] ^= static_cast<uint8_t>(1u << below(8)); break;
      case 1: input[at] = static_cast<uint8_t>(random()); break;
      case 2: input[at] = below(2) == 0 ? 0x00 : 0xff; break;
      case 3: input[at] = static_cast<uint8_t>(input[at] + (below(2) == 0 ? 1 : 255)); break;
      case 4: input.resize(at); break;
      case 5:
        input.insert(input.begin() + static_cast<ptrdiff_t>(at), 1 + below(16), static_cast<uint8_t>(random()));
        break;
      default: {
        const Input& other = corpus[below(corpus.size())];
        if (other.empty()) break;
        const size_t from = below(other.size());
        const size_t length = std::min({other.size() - from, input.size() - at, size_t{64}});
        std::copy_n(other.begin() + static_cast<ptrdiff_t>(from), length, input.begin() + static_cast<ptrdiff_t>(at));
      }
    }
  }
  if (input.size() > kInputBytesMax) input.resize(kInputBytesMax);
  return input;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: %s CORPUS_FOLDER MUTATIONS\n", argv[0]);
    return 2;
  }
  const std::vector<Input> corpus = read_corpus(argv[1]);
  if (corpus.empty()) {
    std::fprintf(stderr, "%s: no corpus in %s\n", argv[0], argv[1]);
    return 2;
  }
  signal(SIGABRT, name_the_input);
  signal(SIGSEGV, name_the_input);
  size_t runs = 0;
  for (const Input& input : corpus) {
    for (size_t cut = 0; cut <= std::min(input.size(), kCutBytesMax); ++cut, ++runs)
      run(Input(input.begin(), input.begin() + static_cast<ptrdiff_t>(cut)));
    run(input);
    ++runs;
  }
  std::mt19937_64 random(1);
  for (size_t left = std::strtoul(argv[2], nullptr, 10); left > 0; --left, ++runs)
    run(mutate(corpus[random() % corpus.size()], corpus, random));
  std::printf("%zu inputs\n", runs);
  return 0;
}
