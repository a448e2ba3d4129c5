#include "controlplane/api/render_thread.h"

namespace demarc::cp {

RenderThread::RenderThread() : thread_([this] { run(); }) {}
RenderThread::~RenderThread() { stop(); }

void RenderThread::submit(const std::string& owner, std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    auto& jobs = jobs_[owner];
    if (jobs.empty()) turns_.push_back(owner);
    jobs.push_back(std::move(job));
  }
  wake_.notify_one();
}

void RenderThread::stop() {
  decltype(jobs_) dropped;  // destroyed without the lock: they may hold what submits
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    dropped.swap(jobs_);
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

std::function<void()> RenderThread::take() {
  const auto of = jobs_.find(turns_.front());
  turns_.pop_front();
  std::function<void()> job = std::move(of->second.front());
  of->second.pop_front();
  if (of->second.empty()) {
    jobs_.erase(of);
  } else {
    turns_.push_back(of->first);
  }
  return job;
}

void RenderThread::run() {
  for (;;) {
    std::function<void()> job;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
      if (stopping_) return;
      job = take();
    }
    job();
  }
}

}  // namespace demarc::cp
