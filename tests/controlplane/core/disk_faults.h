// Disk faults: what the kernel answers to SQLite's writes and syncs in this test program.
//
// disk_faults.cc defines pwrite64, fsync and fdatasync, which the program's libsqlite3 then calls instead of the C
// library's. It fails the Nth of them when told to, and it keeps what a disk would have after a power failure: the
// names that the directory had at its last sync, and of each file the bytes at its own.
#pragma once

#include <string>

namespace demarc::cp::test {

enum class DiskCall { write, sync };

// From now on the `nth` call of this kind (1 is the next) and all after it fail with `error_number`, until
// disk_works().
void break_disk(DiskCall call, int nth, int error_number);
void disk_works();
// Whether the call that was to fail came.
bool disk_has_failed();

// From now on the bytes of every synced file below `directory` are kept.
void watch_syncs(const std::string& directory);
// Makes in `directory` what a power failure now would leave of the one that is watched.
void write_synced_files(const std::string& directory);

}  // namespace demarc::cp::test
