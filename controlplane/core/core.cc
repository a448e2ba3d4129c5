#include "controlplane/core/core.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <variant>

#include "controlplane/compile/compile.h"
#include "controlplane/core/batch.h"
#include "controlplane/core/id_source.h"

namespace demarc::cp {
namespace {

// Bounds how long the first of a batch waits for the last; the gain of a larger one is nil, the disk's part is small
// then.
constexpr size_t kBatchJobsMax = 512;

struct WriteJob {
  std::function<Status(Edit&)> mutate;
  std::function<void(Status)> done;
  Status status;
};
struct ReadJob {
  std::function<void(const Model&)> look;
};
using Job = std::variant<WriteJob, ReadJob, DataPlaneLimits>;

}  // namespace

struct Core::Impl {
  std::unique_ptr<Store> store;
  UpdateSink sink;
  IdSource id_source{{}};
  Edit::Ids ids;
  Model model;
  std::optional<DataPlaneLimits> limits;
  TenantShare share;

  std::mutex mutex;
  std::condition_variable wake;
  std::deque<Job> queue;  // guarded by mutex, as is stopping
  bool stopping = false;
  std::thread thread;

  void submit(Job job) {
    {
      std::lock_guard guard(mutex);
      queue.push_back(std::move(job));
    }
    wake.notify_one();
  }

  // What waits, up to a batch; nothing when there is nothing and the end has come.
  std::vector<Job> take() {
    std::unique_lock lock(mutex);
    wake.wait(lock, [this] { return stopping || !queue.empty(); });
    std::vector<Job> jobs;
    while (!queue.empty() && jobs.size() < kBatchJobsMax) {
      jobs.push_back(std::move(queue.front()));
      queue.pop_front();
    }
    return jobs;
  }

  void mutate_all(std::vector<Job>& jobs) {
    Batch batch(model, *store, ids, limits, share);
    for (Job& job : jobs) {
      if (auto* write = std::get_if<WriteJob>(&job)) write->status = batch.run(write->mutate);
      if (auto* newer = std::get_if<DataPlaneLimits>(&job)) limits = std::move(*newer);
    }
    auto changes = batch.commit();
    if (!changes) {
      // Those that were refused too: what they were refused for may just have been undone.
      for (Job& job : jobs)
        if (auto* write = std::get_if<WriteJob>(&job))
          write->status = fail(ErrorCode::unavailable, changes.error().message);
      return;
    }
    if (changes->empty() || !sink) return;
    auto updates = compile(*changes);
    if (!updates.empty()) sink(std::move(updates));
  }

  void answer_all(std::vector<Job>& jobs) {
    for (Job& job : jobs) {
      if (auto* write = std::get_if<WriteJob>(&job))
        if (write->done) write->done(std::move(write->status));
      if (auto* read = std::get_if<ReadJob>(&job)) read->look(model);
    }
  }

  void run() {
    for (auto jobs = take(); !jobs.empty(); jobs = take()) {
      mutate_all(jobs);
      answer_all(jobs);
    }
  }
};

Result<std::unique_ptr<Core>> Core::open(const std::string& path, UpdateSink sink, StoreOptions options,
                                         const TenantShare& share) {
  auto store = Store::open(path, std::move(options));
  if (!store) return tl::unexpected(store.error());
  auto model = (*store)->load();
  if (!model) return tl::unexpected(model.error());
  auto last_ids = (*store)->last_ids();
  if (!last_ids) return tl::unexpected(last_ids.error());

  std::unique_ptr<Core> core(new Core);
  core->impl_ = std::make_unique<Impl>();
  Impl& impl = *core->impl_;
  impl.store = std::move(*store);
  impl.sink = std::move(sink);
  impl.share = share;
  impl.model = std::move(*model);
  impl.id_source = IdSource(*last_ids);
  impl.ids = {.next_id = [&impl](size_t kind) { return impl.id_source.next(kind); },
              .random_seid = random_seid,
              .random_teid = random_teid};
  return core;
}

Core::~Core() {
  if (!impl_) return;
  {
    std::lock_guard guard(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->wake.notify_one();
  if (impl_->thread.joinable()) {
    impl_->thread.join();
  } else {
    impl_->run();  // never started: what was submitted is done all the same
  }
}

void Core::start() {
  if (impl_->thread.joinable()) return;
  impl_->thread = std::thread([impl = impl_.get()] {
    if (impl->sink) impl->sink(compile_all(impl->model));
    impl->run();
  });
}

void Core::write(std::function<Status(Edit&)> mutate, std::function<void(Status)> done) {
  impl_->submit(WriteJob{std::move(mutate), std::move(done), {}});
}

void Core::read(std::function<void(const Model&)> look) { impl_->submit(ReadJob{std::move(look)}); }

void Core::look(std::function<void(const Edit&)> look) {
  impl_->submit(ReadJob{[impl = impl_.get(), look = std::move(look)](const Model&) {
    look(Edit(impl->model, impl->ids, impl->limits, impl->share));
  }});
}

void Core::set_limits(DataPlaneLimits limits) { impl_->submit(std::move(limits)); }

}  // namespace demarc::cp
