// RenderThread: where long answers are made into text, so that neither the core nor the io thread waits for them.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace demarc::cp {

class RenderThread {
 public:
  RenderThread();
  ~RenderThread();
  RenderThread(const RenderThread&) = delete;

  // Thread-safe. After stop() the job is dropped. A job does not throw.
  void submit(std::function<void()> job);
  // Drops what waits and ends the thread. Not from a job.
  void stop();

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> jobs_;  // guarded by mutex_, as is stopping_
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace demarc::cp
